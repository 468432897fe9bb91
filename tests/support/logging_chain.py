"""A contract on the local chain that writes two logs a call, and ways to make the chain do things."""

from keeper.devnet.anvil import Anvil
from keeper.domain.units import Address, Hash32

ALICE = Address("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266")
LOGGER = Address("0x" + "43" * 20)
LOGGER_CODE = "0x60aa60006000a160bb60006000a1"
TOPIC = Hash32("0x" + "00" * 31 + "aa")
OTHER = Hash32("0x" + "00" * 31 + "bb")


async def emit(chain: Anvil) -> None:
    """A block with the two logs; returns when it is there."""
    await chain.rpc("eth_sendTransactionSync", {"from": ALICE, "to": LOGGER, "gas": "0x20000"})


async def reorg(chain: Anvil, depth: int) -> None:
    """Replace the newest blocks by others that hold nothing and differ by who mined them."""
    head = int(await chain.rpc("eth_blockNumber"), 16)
    miner = "0x" + (await chain.block_hash(head))[-40:]
    await chain.rpc("anvil_setCoinbase", miner)
    await chain.rpc("anvil_reorg", depth, [])
