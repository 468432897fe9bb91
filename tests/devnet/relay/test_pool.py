"""Which bundle counts for which block."""

from typing import Any

import pytest

from keeper.devnet.relay.pool import Bundle, BundlePool, Fate, PrivateTransaction
from keeper.devnet.relay.transactions import decode_transaction
from keeper.domain.units import Address
from tests.support.wallets import wallet

SOMEBODY, SIGNER, OTHER = (Address("0x" + byte * 20) for byte in ("ab", "01", "02"))
TXS = [decode_transaction(wallet(0).sign(SOMEBODY, nonce=0, value=value).raw) for value in range(3)]


def bundle(tx: int = 0, **fields: Any) -> Bundle:
    return Bundle(**{"txs": (TXS[tx],), "block": 11, "signer": SIGNER, **fields})


@pytest.mark.parametrize(("target", "fate"), [(10, Fate.LATE), (11, None), (12, None)])
def test_a_bundle_is_for_one_block_only(target: int, fate: Fate | None) -> None:
    pool = BundlePool()
    pool.add(bundle(block=target))
    assert [found.block for found in pool.take(11, 1000)] == [target] * (target == 11)
    assert [outcome.fate for outcome in pool.outcomes] == [fate] * (fate is not None)
    assert [found.block for found in pool.take(12, 1000)] == [target] * (target == 12)


@pytest.mark.parametrize(("low", "high"), [(1, 5000), (0, 5000), (1, 0), (1000, 1000), (0, 1000), (1000, 0), (0, 0)])
def test_time_bounds_are_inclusive(low: int, high: int) -> None:
    pool = BundlePool()
    pool.add(bundle(min_timestamp=low, max_timestamp=high))
    assert len(pool.take(11, 1000)) == 1


@pytest.mark.parametrize(("low", "high"), [(0, 999), (1001, 0), (1001, 5000)])
def test_a_block_at_another_time_is_refused(low: int, high: int) -> None:
    pool = BundlePool()
    pool.add(bundle(min_timestamp=low, max_timestamp=high))
    assert pool.take(11, 1000) == []
    [outcome] = pool.outcomes
    assert outcome.fate is Fate.TIMESTAMP
    assert outcome.reason == f"Incorrect timestamp, min: {low}, max: {high}, block: 1000"


def test_only_the_latest_of_a_uuid_and_signer_counts() -> None:
    pool = BundlePool()
    first, second, foreign, later = (
        bundle(0, uuid="u"),
        bundle(1, uuid="u"),
        bundle(0, uuid="u", signer=OTHER),
        bundle(0, uuid="u", block=12),
    )
    for each in (first, second, foreign, later):
        pool.add(each)
    assert pool.take(11, 1000) == [second, foreign]
    assert [(outcome.bundle, outcome.fate) for outcome in pool.outcomes] == [(first, Fate.REPLACED)]
    assert pool.take(12, 1000) == [later]


def test_a_lower_sequence_arriving_late_is_ignored() -> None:
    pool = BundlePool()
    newer, older = bundle(0, uuid="u", sequence=2), bundle(1, uuid="u", sequence=1)
    pool.add(newer)
    pool.add(older)
    assert pool.take(11, 1000) == [newer]
    assert [outcome.bundle for outcome in pool.outcomes] == [older]


def test_the_same_bundle_sent_twice_is_one() -> None:
    pool = BundlePool()
    pool.add(bundle())
    pool.add(bundle())
    pool.add(bundle(1))
    assert len(pool.take(11, 1000)) == 2


def test_cancelling_takes_out_the_signers_own_in_all_blocks() -> None:
    pool = BundlePool()
    mine = [bundle(0, uuid="u"), bundle(0, uuid="u", block=12)]
    others = [bundle(0, uuid="v"), bundle(0, uuid="u", signer=OTHER)]
    for each in [*mine, *others]:
        pool.add(each)
    assert pool.cancel("u", SIGNER) == mine
    assert pool.cancel("u", SIGNER) == []
    assert pool.take(11, 1000) == others
    assert {outcome.fate for outcome in pool.outcomes} == {Fate.CANCELLED}


def test_a_private_transaction_lives_until_its_last_block() -> None:
    pool = BundlePool()
    pool.add_private(PrivateTransaction(TXS[0], SIGNER, 12))
    assert not pool.cancel_private(TXS[0].hash, OTHER)
    assert pool.private(12) == [TXS[0]]
    assert pool.private(13) == []
    pool.add_private(PrivateTransaction(TXS[1], SIGNER, 12))
    assert pool.cancel_private(TXS[1].hash, SIGNER)
    assert pool.private(12) == []
