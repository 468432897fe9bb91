"""The relay from outside: what gets in, what lands, and in which order."""

from keeper.devnet.anvil import Anvil
from keeper.devnet.relay import Fate, Relay
from keeper.domain.units import ETHER, GWEI, Address
from tests.support.relay_client import RelayClient
from tests.support.wallets import wallet

SOMEBODY = Address("0x" + "ab" * 20)


async def test_a_bundle_lands_whole_at_the_top_of_its_block(
    relay: Relay, relay_chain: Anvil, relay_client: RelayClient
) -> None:
    alice, bob = wallet(0), wallet(1)
    public = bob.sign(SOMEBODY, value=1, tip=50 * GWEI)
    await relay_chain.rpc("eth_sendRawTransaction", public.hex)
    txs = [alice.sign(SOMEBODY, value=ETHER), alice.sign(SOMEBODY, value=ETHER)]
    bundle_hash = await relay_client.send_bundle(txs, 1)
    block = await relay.build_block()
    assert block.tx_hashes == (txs[0].hash, txs[1].hash, public.hash)
    outcome = relay.outcome(bundle_hash, 1)
    assert outcome is not None
    assert outcome.fate is Fate.INCLUDED
    assert outcome.coinbase_diff == 42_000 * GWEI
