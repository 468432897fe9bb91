"""Builds blocks: the chosen bundles first, then private transactions, then the public pool, mined as one real block.

The node mines what its pool holds in order of arrival, so the pool is emptied and filled again in the wanted order.
Whoever sends to the node in that very moment comes first; what such a transaction spoils is found by ``_verify``.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from keeper.devnet.node import Json, NodeRefused, NodeRpc
from keeper.devnet.relay.ordering import Selection, TryOut, by_tip, select_bundles
from keeper.devnet.relay.pool import Bundle, BundlePool, Fate
from keeper.devnet.relay.simulate import BlockEnv, Simulation, next_block, read_header, simulate
from keeper.devnet.relay.transactions import SignedTransaction, UndecodableTransaction, decode_transaction
from keeper.domain.blocks import Header
from keeper.domain.errors import HaltAdapter
from keeper.domain.units import Address, Hash32, Wei, to_address, to_hash

_ENOUGH_FOR_ANYTHING = hex(2**128)


@dataclass(frozen=True, slots=True)
class BuiltBlock:
    """A block that was mined, and what was meant to be in it."""

    header: Header
    tx_hashes: tuple[Hash32, ...]
    bundles: tuple[Bundle, ...]
    """The included ones, in their order."""


class Builder:
    """One builder on one node; ``pool`` holds what it may build with."""

    def __init__(self, node: NodeRpc, pool: BundlePool, coinbase: Address, chain_id: int) -> None:
        self._node = node
        self._pool = pool
        self._coinbase = coinbase
        self._chain_id = chain_id
        self._held: list[SignedTransaction] = []
        self._building = asyncio.Lock()

    async def build(self, timestamp: int | None = None, *, with_bundles: bool = True) -> BuiltBlock:
        """Mines the next block, a slot after its parent unless told when.

        Raises ``HaltAdapter`` where the block is not what was chosen.
        """
        async with self._building:
            parent = await read_header(self._node, "latest")
            env = next_block(parent, self._coinbase, timestamp)
            bundles = self._pool.take(env.number, env.timestamp)
            if not with_bundles:
                for bundle in bundles:
                    self._pool.settle(bundle, Fate.LOST_SLOT, "another builder's block")
                bundles = []
            selection = await select_bundles(bundles, self._try_out(env), env.gas_limit)
            private = await self._select_private(selection, env) if with_bundles else []
            await self._fill_pool([*selection.txs, *private], env)
            block = await self._mine(env)
            receipts = await self._node.call("eth_getBlockReceipts", hex(env.number))
            built = BuiltBlock(
                header=await read_header(self._node, hex(env.number)),
                tx_hashes=tuple(to_hash(tx_hash) for tx_hash in block["transactions"]),
                bundles=tuple(trial.bundle for trial in selection.taken),
            )
            self._settle(selection)
            for tx_hash in built.tx_hashes:
                self._pool.forget_private(tx_hash)
            _verify(selection, env, built, receipts)
            return built

    def _try_out(self, env: BlockEnv) -> TryOut:
        async def run(txs: Sequence[SignedTransaction], skippable: frozenset[Hash32]) -> Simulation:
            return await simulate(self._node, txs, env, self._chain_id, skippable)

        return run

    async def _select_private(self, selection: Selection, env: BlockEnv) -> list[SignedTransaction]:
        """Those that do not revert; one that fails is tried again in later blocks, one that is stale never."""
        run = self._try_out(env)
        taken: list[SignedTransaction] = []
        for tx in by_tip(self._pool.private(env.number), env.base_fee):
            if tx in selection.txs:
                continue
            simulation = await run([*selection.txs, *taken, tx], frozenset())
            if simulation.invalid is None and simulation.ran[-1].succeeded:
                taken.append(tx)
            elif simulation.invalid and simulation.invalid.reason.startswith("nonce too low"):
                self._pool.forget_private(tx.hash)
        return taken

    async def _fill_pool(self, top: Sequence[SignedTransaction], env: BlockEnv) -> None:
        public = await self._take_public()
        # the node's own idea is wrong after the genesis block, and its pool judges by it
        await self._node.call("anvil_setNextBlockBaseFeePerGas", hex(env.base_fee))
        for tx in top:
            await self._send_ours(tx)
        placed = {tx.hash for tx in top}
        self._held = []
        for tx in by_tip([tx for tx in public if tx.hash not in placed], env.base_fee):
            try:
                await self._node.call("eth_sendRawTransaction", "0x" + tx.raw.hex())
            except NodeRefused as refused:
                if "base fee" in refused.rpc_message:
                    self._held.append(tx)

    async def _take_public(self) -> list[SignedTransaction]:
        """Empties the node's pool. What cannot be sent again (an impersonated sender's) stays in it."""
        public = {tx.hash: tx for tx in self._held}
        stays: set[Address] = set()
        while lanes := await self._public_lanes(stays):
            for sender, hashes in lanes.items():
                raws = await self._node.batch([("eth_getRawTransactionByHash", [tx_hash]) for tx_hash in hashes])
                txs = [_decode_from(sender, raw) for raw in raws]
                if None in txs:
                    stays.add(sender)
                    continue
                await self._node.call("anvil_removePoolTransactions", sender)
                public |= {tx.hash: tx for tx in txs if tx is not None}
        return list(public.values())

    async def _public_lanes(self, without: set[Address]) -> dict[Address, list[Hash32]]:
        """The pool's transactions by sender, those with a gap before their nonce too."""
        content = await self._node.call("txpool_content")
        lanes: dict[Address, list[Hash32]] = {}
        for kind in ("pending", "queued"):
            for sender, by_nonce in content[kind].items():
                if to_address(sender) not in without:
                    lanes.setdefault(to_address(sender), []).extend(tx["hash"] for tx in by_nonce.values())
        return lanes

    async def _send_ours(self, tx: SignedTransaction) -> None:
        """Into the node's pool, which knows only the head's balances: a bundle may pay its own later senders."""
        raw = "0x" + tx.raw.hex()
        try:
            await self._node.call("eth_sendRawTransaction", raw)
        except NodeRefused as refused:
            if "nsufficient funds" not in refused.rpc_message:
                raise
            balance = await self._node.call("eth_getBalance", tx.sender, "latest")
            await self._node.call("anvil_setBalance", tx.sender, _ENOUGH_FOR_ANYTHING)
            await self._node.call("eth_sendRawTransaction", raw)
            await self._node.call("anvil_setBalance", tx.sender, balance)

    async def _mine(self, env: BlockEnv) -> Json:
        await self._node.call("anvil_setCoinbase", env.coinbase)
        await self._node.call("evm_setNextBlockTimestamp", hex(env.timestamp))
        await self._node.call("evm_mine")
        return await self._node.call("eth_getBlockByNumber", hex(env.number), False)

    def _settle(self, selection: Selection) -> None:
        for trial in selection.refused:
            self._pool.settle(trial.bundle, trial.fate or Fate.INVALID, trial.reason)
        for trial in selection.taken:
            self._pool.settle(
                trial.bundle,
                Fate.INCLUDED,
                coinbase_diff=Wei(trial.simulation.coinbase_diff),
                gas_used=trial.simulation.gas_used,
            )


def _decode_from(sender: Address, raw: str | None) -> SignedTransaction | None:
    try:
        tx = decode_transaction(bytes.fromhex((raw or "0x")[2:]))
    except UndecodableTransaction:
        return None
    return tx if tx.sender == sender else None


def _verify(selection: Selection, env: BlockEnv, built: BuiltBlock, receipts: Sequence[Json]) -> None:
    """Whether the bundles are in the block whole, in order, and as simulated.

    Texts: flashbots/builder, miner/verify_bundles.go. Foreign transactions between them are not against its rules.
    """
    header = built.header
    if (header.base_fee, header.timestamp) != (env.base_fee, env.timestamp):
        raise _wrong(f"block {header.number} has base fee {header.base_fee} and time {header.timestamp}")
    by_hash = {to_hash(receipt["transactionHash"]): receipt for receipt in receipts}
    place = -1
    for trial in selection.taken:
        for ran in trial.simulation.ran:
            receipt = by_hash.get(ran.tx.hash)
            if receipt is None:
                raise _wrong(f"tx from included bundle not found {ran.tx.hash}")
            if (receipt["status"] == "0x1") != ran.succeeded:
                raise _wrong(f"tx from included bundle reverted {ran.tx.hash}")
            if int(receipt["transactionIndex"], 16) <= place:
                raise _wrong(f"tx from included bundle is in wrong place {ran.tx.hash}")
            place = int(receipt["transactionIndex"], 16)


def _wrong(message: str) -> HaltAdapter:
    return HaltAdapter("DEVNET_BLOCK_WRONG", message, "did a transaction reach the node between simulation and mining?")
