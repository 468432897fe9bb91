"""What lands, in which order, and what becomes of the rest; after rbuilder's list of bundle conformance cases."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from keeper.devnet.anvil import Anvil
from keeper.devnet.relay import Fate, Outcome, Relay
from keeper.domain.errors import HaltAdapter
from keeper.domain.units import ETHER, GWEI, Address, Wei
from tests.conftest import COINBASE
from tests.support.bytecode import (
    BURNS_ALL_GAS,
    PAYS_COINBASE,
    PAYS_COINBASE_ONCE,
    PAYS_HALF_ITS_BALANCE,
    REVERTS_WITH_HELLO,
)
from tests.support.relay_client import RelayClient
from tests.support.wallets import Signed, wallet

SOMEBODY = Address("0x" + "ab" * 20)
REVERTER, PAYER, ONCE, SHARER, BURNER = (Address("0x" + byte * 20) for byte in ("d1", "d2", "d3", "d4", "d5"))

Send = Callable[..., Awaitable[Outcome]]


@pytest.fixture(autouse=True)
async def contracts(relay_chain: Anvil) -> None:
    codes = {
        REVERTER: REVERTS_WITH_HELLO,
        PAYER: PAYS_COINBASE,
        ONCE: PAYS_COINBASE_ONCE,
        SHARER: PAYS_HALF_ITS_BALANCE,
        BURNER: BURNS_ALL_GAS,
    }
    await relay_chain.batch([("anvil_setCode", [address, code]) for address, code in codes.items()])


@pytest.fixture
def outcome_of(relay: Relay, relay_client: RelayClient) -> Send:
    """Sends a bundle for the next block, builds it, and says what became of the bundle."""

    async def send(*txs: Signed, block: int = 1, **fields: Any) -> Outcome:
        bundle_hash = await relay_client.send_bundle(list(txs), block, **fields)
        await relay.build_block()
        outcome = relay.outcome(bundle_hash, block)
        assert outcome is not None
        return outcome

    return send


async def statuses(chain: Anvil, *txs: Signed) -> list[str | None]:
    receipts = await chain.batch([("eth_getTransactionReceipt", [tx.hash]) for tx in txs])
    return [receipt and receipt["status"] for receipt in receipts]


async def test_a_nonce_far_ahead_is_refused(outcome_of: Send) -> None:
    outcome = await outcome_of(wallet(0).sign(SOMEBODY, nonce=1000))
    assert outcome.fate is Fate.INVALID
    assert "nonce too high" in outcome.reason


async def test_a_single_reverting_transaction_is_refused(outcome_of: Send, relay_chain: Anvil) -> None:
    tx = wallet(0).sign(REVERTER)
    outcome = await outcome_of(tx)
    assert (outcome.fate, outcome.reason) == (Fate.REVERTED, f"Transaction reverted: {tx.hash}")
    assert await statuses(relay_chain, tx) == [None]


async def test_one_revert_takes_the_whole_bundle_along(outcome_of: Send, relay_chain: Anvil) -> None:
    alice = wallet(0)
    fine, reverting = alice.sign(SOMEBODY), alice.sign(REVERTER)
    assert (await outcome_of(fine, reverting)).fate is Fate.REVERTED
    assert await statuses(relay_chain, fine, reverting) == [None, None]


async def test_a_revert_that_is_allowed_stays_in(outcome_of: Send, relay_chain: Anvil) -> None:
    alice = wallet(0)
    fine, reverting = alice.sign(SOMEBODY), alice.sign(REVERTER)
    outcome = await outcome_of(fine, reverting, revertingTxHashes=[reverting.hash])
    assert outcome.included
    assert await statuses(relay_chain, fine, reverting) == ["0x1", "0x0"]


async def test_an_invalid_transaction_that_may_fail_is_left_out(outcome_of: Send, relay_chain: Anvil) -> None:
    fine, gap = wallet(0).sign(SOMEBODY), wallet(1).sign(SOMEBODY, nonce=7)
    assert (await outcome_of(fine, gap, revertingTxHashes=[gap.hash])).included
    assert await statuses(relay_chain, fine, gap) == ["0x1", None]


async def test_a_failing_transaction_that_may_be_dropped_costs_nothing(outcome_of: Send, relay_chain: Anvil) -> None:
    reverting, fine = wallet(0).sign(REVERTER), wallet(1).sign(SOMEBODY)
    outcome = await outcome_of(reverting, fine, droppingTxHashes=[reverting.hash])
    assert (outcome.included, outcome.gas_used) == (True, 21_000)
    assert await statuses(relay_chain, reverting, fine) == [None, "0x1"]


async def test_a_bundle_of_which_nothing_is_left_is_empty(outcome_of: Send) -> None:
    reverting = wallet(0).sign(REVERTER)
    outcome = await outcome_of(reverting, droppingTxHashes=[reverting.hash])
    assert (outcome.fate, outcome.reason) == (Fate.EMPTY, "Bundle inserted empty")


async def test_fees_below_the_base_fee_are_refused(outcome_of: Send) -> None:
    outcome = await outcome_of(wallet(0).sign(SOMEBODY, max_fee=5, tip=1))
    assert outcome.fate is Fate.INVALID
    assert "max fee per gas less than block base fee" in outcome.reason


async def test_a_bundle_may_pay_for_its_own_later_sender(outcome_of: Send, relay_chain: Anvil) -> None:
    alice, poor = wallet(0), wallet(1)
    await relay_chain.rpc("anvil_setBalance", poor.address, "0x0")
    gift, spend = alice.sign(poor.address, value=ETHER), poor.sign(SOMEBODY, value=ETHER // 2)
    assert (await outcome_of(gift, spend)).included
    assert await statuses(relay_chain, gift, spend) == ["0x1", "0x1"]
    assert int(await relay_chain.rpc("eth_getBalance", poor.address, "latest"), 16) < ETHER // 2


async def test_one_block_late_is_too_late_and_one_early_waits(relay: Relay, relay_client: RelayClient) -> None:
    txs = [wallet(0).sign(SOMEBODY)]
    await relay.build_block()
    late, early = await relay_client.send_bundle(txs, 1), await relay_client.send_bundle(txs, 3)
    await relay.build_block()
    outcome = relay.outcome(late, 1)
    assert outcome is not None
    assert outcome.fate is Fate.LATE
    assert relay.outcome(early, 3) is None
    assert [bundle.hash for bundle in (await relay.build_block()).bundles] == [early]


async def test_a_block_at_another_time_than_allowed_goes_without(relay: Relay, relay_client: RelayClient) -> None:
    bundle_hash = await relay_client.send_bundle([wallet(0).sign(SOMEBODY)], 1, maxTimestamp=1_700_000_012)
    block = await relay.build_block(1_700_000_013)
    assert block.header.timestamp == 1_700_000_013
    outcome = relay.outcome(bundle_hash, 1)
    assert outcome is not None
    assert outcome.fate is Fate.TIMESTAMP


async def test_the_better_price_per_gas_goes_first_whatever_the_total(relay: Relay, relay_client: RelayClient) -> None:
    much = [wallet(0).sign(SOMEBODY, tip=2 * GWEI, nonce=nonce) for nonce in range(5)]
    dear = wallet(1).sign(PAYER, value=10**15, tip=1)
    middle = wallet(2).sign(SOMEBODY, tip=3 * GWEI)
    for txs in (much, [dear], [middle]):
        await relay_client.send_bundle(txs, 1)
    block = await relay.build_block()
    assert block.tx_hashes == (dear.hash, middle.hash, *(tx.hash for tx in much))
    assert block.header.coinbase == COINBASE


async def test_of_two_bundles_for_one_prize_the_better_paying_lands(relay: Relay, relay_client: RelayClient) -> None:
    mine, theirs = wallet(0).sign(ONCE, value=10**15), wallet(1).sign(ONCE, value=2 * 10**15)
    lost = await relay_client.send_bundle([mine], 1)
    await relay.inject([theirs.raw])
    assert (await relay.build_block()).tx_hashes == (theirs.hash,)
    outcome = relay.outcome(lost, 1)
    assert outcome is not None
    assert (outcome.fate, outcome.reason) == (Fate.CONFLICT, f"Transaction reverted: {mine.hash}")


async def test_of_two_bundles_with_one_nonce_one_lands(relay: Relay, relay_client: RelayClient) -> None:
    low = await relay_client.send_bundle([wallet(0).sign(SOMEBODY, tip=1, nonce=0)], 1)
    high = await relay_client.send_bundle([wallet(0).sign(SOMEBODY, tip=2, nonce=0)], 1)
    await relay.build_block()
    fates = {outcome.bundle.hash: outcome.fate for outcome in relay.outcomes}
    assert fates == {low: Fate.CONFLICT, high: Fate.INCLUDED}


async def test_a_bundle_may_wait_for_the_nonce_of_another(relay: Relay, relay_client: RelayClient) -> None:
    second = wallet(0).sign(SOMEBODY, tip=9 * GWEI, nonce=1)
    first = wallet(0).sign(SOMEBODY, tip=1 * GWEI, nonce=0)
    for tx in (second, first):
        await relay_client.send_bundle([tx], 1)
    assert (await relay.build_block()).tx_hashes == (first.hash, second.hash)


async def test_a_bundle_that_pays_less_behind_another_is_left_out(
    relay: Relay, relay_chain: Anvil, relay_client: RelayClient
) -> None:
    await relay_chain.set_balance(SHARER, Wei(ETHER))
    eater = await relay_client.send_bundle([wallet(0).sign(SHARER, tip=2)], 1)
    eaten = await relay_client.send_bundle([wallet(1).sign(SHARER, tip=1)], 1)
    await relay.build_block()
    fates = {outcome.bundle.hash: outcome.fate for outcome in relay.outcomes}
    assert fates == {eater: Fate.INCLUDED, eaten: Fate.UNDERPAYS}


async def test_a_full_block_has_no_room(relay: Relay, relay_client: RelayClient) -> None:
    burn = wallet(0).sign(BURNER, gas=29_950_000, tip=9 * GWEI)
    wide, narrow = wallet(1).sign(SOMEBODY, gas=60_000, tip=3), wallet(2).sign(SOMEBODY, gas=21_000, tip=2)
    await relay_client.send_bundle([burn], 1, revertingTxHashes=[burn.hash])
    left_out = await relay_client.send_bundle([wide], 1)
    await relay_client.send_bundle([narrow], 1)
    assert (await relay.build_block()).tx_hashes == (burn.hash, narrow.hash)
    outcome = relay.outcome(left_out, 1)
    assert outcome is not None
    assert outcome.fate is Fate.NO_ROOM
    assert outcome.reason == f"InvalidTransaction({wide.hash}, Gas left is too low)"


async def test_the_public_pool_follows_by_tip_and_by_nonce(relay: Relay, relay_chain: Anvil) -> None:
    alice, bob, carol = wallet(0), wallet(1), wallet(2)
    cheap_then_dear = [alice.sign(SOMEBODY, tip=1 * GWEI), alice.sign(SOMEBODY, tip=9 * GWEI)]
    dear, middle = bob.sign(SOMEBODY, tip=5 * GWEI, max_fee=10 * GWEI), carol.sign(SOMEBODY, tip=2 * GWEI)
    for tx in [*cheap_then_dear, middle, dear]:
        await relay_chain.rpc("eth_sendRawTransaction", tx.hex)
    block = await relay.build_block()
    assert block.tx_hashes == (dear.hash, middle.hash, *(tx.hash for tx in cheap_then_dear))


async def test_a_public_transaction_inside_a_bundle_is_not_there_twice(
    relay: Relay, relay_chain: Anvil, relay_client: RelayClient
) -> None:
    update, other = wallet(0).sign(SOMEBODY, tip=1), wallet(2).sign(SOMEBODY, tip=50 * GWEI)
    for tx in (update, other):
        await relay_chain.rpc("eth_sendRawTransaction", tx.hex)
    backrun = wallet(1).sign(PAYER, value=10**15)
    await relay_client.send_bundle([update, backrun], 1)
    assert (await relay.build_block()).tx_hashes == (update.hash, backrun.hash, other.hash)


async def test_public_transactions_below_the_base_fee_are_kept_for_later(relay: Relay, relay_chain: Anvil) -> None:
    await relay_chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(GWEI // 2))
    tx = wallet(0).sign(SOMEBODY, max_fee=800_000_000, tip=1)
    await relay_chain.rpc("eth_sendRawTransaction", tx.hex)
    assert (await relay.build_block()).header.base_fee == 875_000_000
    assert (await relay.build_block()).tx_hashes == (tx.hash,)


async def test_a_public_transaction_waits_for_the_nonce_before_it(relay: Relay, relay_chain: Anvil) -> None:
    first, second = (wallet(0).sign(SOMEBODY, nonce=nonce) for nonce in range(2))
    await relay_chain.rpc("eth_sendRawTransaction", second.hex)
    assert (await relay.build_block()).tx_hashes == ()
    await relay_chain.rpc("eth_sendRawTransaction", first.hex)
    assert (await relay.build_block()).tx_hashes == (first.hash, second.hash)


async def test_a_bundle_takes_the_nonce_from_a_public_transaction(
    relay: Relay, relay_chain: Anvil, relay_client: RelayClient
) -> None:
    public, bundled = wallet(0).sign(SOMEBODY, nonce=0), wallet(0).sign(SOMEBODY, nonce=0, value=1)
    await relay_chain.rpc("eth_sendRawTransaction", public.hex)
    await relay_client.send_bundle([bundled], 1)
    assert (await relay.build_block()).tx_hashes == (bundled.hash,)
    assert await relay_chain.rpc("txpool_status") == {"pending": "0x0", "queued": "0x0"}


async def test_a_public_revert_is_mined_as_on_any_chain(relay: Relay, relay_chain: Anvil) -> None:
    tx = wallet(0).sign(REVERTER)
    await relay_chain.rpc("eth_sendRawTransaction", tx.hex)
    await relay.build_block()
    assert await statuses(relay_chain, tx) == ["0x0"]


async def test_private_transactions_land_unless_they_revert(
    relay: Relay, relay_chain: Anvil, relay_client: RelayClient
) -> None:
    fine, reverting = wallet(0).sign(SOMEBODY), wallet(1).sign(REVERTER)
    for tx in (fine, reverting):
        sent = await relay_client.call("eth_sendPrivateTransaction", {"tx": tx.hex, "maxBlockNumber": "0x2"})
        assert sent == tx.hash
    assert await relay_chain.rpc("txpool_status") == {"pending": "0x0", "queued": "0x0"}
    assert (await relay.build_block()).tx_hashes == (fine.hash,)
    await relay_chain.rpc("anvil_setCode", REVERTER, "0x")
    assert (await relay.build_block()).tx_hashes == (reverting.hash,)
    assert (await relay.build_block()).tx_hashes == ()


async def test_private_transactions_can_be_cancelled_by_their_sender(relay: Relay, relay_client: RelayClient) -> None:
    tx = wallet(0).sign(SOMEBODY)
    await relay_client.call("eth_sendPrivateTransaction", {"tx": tx.hex, "maxBlockNumber": 20})
    stranger = RelayClient(relay.url, wallet(3))
    assert await stranger.call("eth_cancelPrivateTransaction", {"txHash": tx.hash}) is False
    assert await relay_client.call("eth_cancelPrivateTransaction", {"txHash": tx.hash}) is True
    assert (await relay.build_block()).tx_hashes == ()


async def test_a_replaced_bundle_leaves_its_place_to_the_newer_one(relay: Relay, relay_client: RelayClient) -> None:
    uuid = "4cb2dd16-9f3c-4d24-a9e1-6a2d4c5a0e1f"
    old = await relay_client.send_bundle([wallet(0).sign(SOMEBODY, tip=9, nonce=0)], 1, replacementUuid=uuid)
    new = await relay_client.send_bundle([wallet(0).sign(SOMEBODY, tip=1, nonce=0)], 1, replacementUuid=uuid)
    await relay.build_block()
    fates = {outcome.bundle.hash: outcome.fate for outcome in relay.outcomes}
    assert fates == {old: Fate.REPLACED, new: Fate.INCLUDED}


async def test_a_cancelled_bundle_does_not_land(relay: Relay, relay_client: RelayClient) -> None:
    uuid = "4cb2dd16-9f3c-4d24-a9e1-6a2d4c5a0e1f"
    sent = await relay_client.send_bundle([wallet(0).sign(SOMEBODY)], 1, replacementUuid=uuid)
    stranger = RelayClient(relay.url, wallet(3))
    assert await stranger.call("eth_cancelBundle", {"replacementUuid": uuid}) == []
    assert await relay_client.call("eth_cancelBundle", {"replacementUuid": uuid}) == [sent]
    assert (await relay.build_block()).tx_hashes == ()


async def test_a_lost_slot_has_the_public_pool_but_no_bundle(
    relay: Relay, relay_chain: Anvil, relay_client: RelayClient
) -> None:
    public = wallet(1).sign(SOMEBODY)
    await relay_chain.rpc("eth_sendRawTransaction", public.hex)
    lost = await relay_client.send_bundle([wallet(0).sign(SOMEBODY, nonce=0)], 1)
    relay.lose_slots()
    assert (await relay.build_block()).tx_hashes == (public.hash,)
    outcome = relay.outcome(lost, 1)
    assert outcome is not None
    assert outcome.fate is Fate.LOST_SLOT
    await relay_client.send_bundle([wallet(0).sign(SOMEBODY, nonce=0)], 2)
    assert len((await relay.build_block()).bundles) == 1


async def test_time_moves_by_a_block_without_bundles(relay: Relay, relay_client: RelayClient) -> None:
    await relay_client.send_bundle([wallet(0).sign(SOMEBODY)], 1)
    block = await relay.advance(86_400)
    assert (block.header.timestamp, block.tx_hashes) == (1_700_086_400, ())
    assert (await relay.build_block()).header.timestamp == 1_700_086_412


async def test_blocks_come_by_themselves_at_the_interval(relay_chain: Anvil) -> None:
    async with Relay(relay_chain.url, coinbase=COINBASE, interval_seconds=0.1) as relay:
        bundle_hash = await RelayClient(relay.url, wallet(4)).send_bundle([wallet(0).sign(SOMEBODY)], 10)
        async with asyncio.timeout(30):
            while bundle_hash not in {bundle.hash for bundle in (await relay.next_block()).bundles}:
                pass
    head = await relay_chain.rpc("eth_getBlockByNumber", "latest", False)
    assert int(head["timestamp"], 16) == 1_700_000_000 + 12 * int(head["number"], 16)
    assert relay.outcomes[-1].included


async def test_the_builder_says_so_when_the_node_builds_something_else(
    relay: Relay, relay_chain: Anvil, relay_client: RelayClient
) -> None:
    await relay_chain.rpc("anvil_impersonateAccount", wallet(1).address)
    thief = {"from": wallet(1).address, "to": ONCE, "value": "0x1", "gas": hex(100_000)}
    await relay_chain.rpc("eth_sendTransaction", thief)
    await relay_client.send_bundle([wallet(0).sign(ONCE, value=1)], 1)
    with pytest.raises(HaltAdapter, match="DEVNET_BLOCK_WRONG: tx from included bundle reverted"):
        await relay.build_block()
