"""Opening, refusing, listing, and the bound on denials."""

import sqlite3
from pathlib import Path

import pytest

from keeper.domain.denials import Denial, DenialCode
from keeper.domain.errors import ConfigError, StopProcess
from keeper.ledger import Ledger, Listing
from tests.support.ledgers import bid, landed, make_attempt
from tests.support.plans import make_plan


def denial(number: int, block: int, code: DenialCode = DenialCode.EXIT_NONE) -> Denial:
    return Denial(code, f"lender/local/{number}", block, "liquidation", {"bid": 10**30 + number})


async def test_everything_is_there_after_reopening(url: str) -> None:
    async with Ledger.open(url) as ledger:
        await ledger.begin_run("live", 1, "1.0")
        await ledger.record_intent(make_plan())
        await ledger.record_submission(make_attempt())
    async with Ledger.open(url) as ledger:
        assert [each.plan_id for each in await ledger.unresolved()] == ["plan"]
        assert await ledger.record_submission(make_attempt()) == ()
        (run,) = await ledger.listing(Listing.RUNS)
        assert (run["mode"], run["ended_at"]) == ("live", None)


async def test_a_run_that_ends_in_good_order_says_so(ledger: Ledger) -> None:
    await ledger.begin_run("dry-run", 1, "1.0")
    await ledger.end_run()
    (run,) = await ledger.listing(Listing.RUNS)
    assert run["ended_at"] is not None


async def test_there_is_one_writer_and_any_number_of_readers(url: str) -> None:
    async with Ledger.open(url) as ledger:
        await ledger.record_intent(make_plan())
        with pytest.raises(StopProcess, match="LEDGER_IN_USE"):
            async with Ledger.open(url):
                pass
        async with Ledger.open(url, writer=False) as reader:
            assert len(await reader.listing(Listing.INTENTS)) == 1
            with pytest.raises(StopProcess, match="LEDGER_FAILED"):
                await reader.record_intent(make_plan("other"))
        assert len(await ledger.listing(Listing.INTENTS)) == 1


async def test_a_reader_does_not_make_a_ledger(url: str) -> None:
    with pytest.raises(ConfigError, match="LEDGER_MISSING"):
        async with Ledger.open(url, writer=False):
            pass


@pytest.mark.parametrize("bad", ["", "nonsense", "nosuch://x/y"])
async def test_a_url_of_no_database_is_refused(bad: str) -> None:
    with pytest.raises(ConfigError, match="LEDGER_URL"):
        async with Ledger.open(bad):
            pass


async def test_a_file_that_is_no_database_stops_the_process(tmp_path: Path) -> None:
    (tmp_path / "keeper.db").write_bytes(b"not a database at all, but long enough to be looked at" * 100)
    with pytest.raises(StopProcess, match="LEDGER_FAILED"):
        async with Ledger.open(f"sqlite:///{tmp_path / 'keeper.db'}"):
            pass


async def test_a_ledger_of_another_version_is_refused(url: str, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "keeper.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConfigError, match="LEDGER_VERSION"):
        async with Ledger.open(url):
            pass


async def test_it_is_durable_at_every_commit(ledger: Ledger) -> None:
    def settings(connection: object) -> tuple[object, ...]:
        run = connection.exec_driver_sql  # type: ignore[attr-defined]
        return tuple(run(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys"))

    assert await ledger._store.run(settings) == ("wal", 2, 1)


async def test_the_latest_denial_of_each_kind_is_kept(ledger: Ledger) -> None:
    for block in (100, 101, 102):
        await ledger.deny([denial(1, block), denial(2, block), denial(1, block, DenialCode.PROFIT_TOO_SMALL)])
    rows = await ledger.listing(Listing.DENIALS)
    assert len(rows) == 3
    assert {(row["block"], row["first_block"], row["times"]) for row in rows} == {(102, 100, 3)}
    explanation = await ledger.explain("lender/local/1")
    assert {row["code"] for row in explanation.denials} == {"EXIT_NONE", "PROFIT_TOO_SMALL"}
    assert all(row["numbers"] == {"bid": 10**30 + 1} for row in explanation.denials)


async def test_denials_stay_within_their_bound(url: str) -> None:
    async with Ledger.open(url, denials_kept=50) as ledger:
        for block in range(30):
            await ledger.deny([denial(block * 10 + i, block) for i in range(10)])
        rows = await ledger.listing(Listing.DENIALS, 1_000)
        assert 40 <= len(rows) <= 50
        assert {row["block"] for row in rows} <= set(range(25, 30))


async def test_a_plan_is_explained_by_its_id_a_part_of_it_or_its_position(ledger: Ledger) -> None:
    await ledger.record_intent(make_plan("0xabcdef"))
    await ledger.record_submission(make_attempt("0xabcdef"))
    await ledger.settle(landed("0xabcdef"))
    for name in ("0xabcdef", "0xabc", "lender/lender-local/1"):
        explanation = await ledger.explain(name)
        assert len(explanation.intents) == 1
        assert len(explanation.submissions) == 2
        assert len(explanation.outcomes) == 1
        assert len(explanation.entries) == 3
    assert not await ledger.explain("0xother")
    assert not await ledger.explain("%")


async def test_an_exposure_is_explained_with_its_moves(ledger: Ledger) -> None:
    await bid(ledger)
    explanation = await ledger.explain("bid")
    assert [move["entered"] for move in explanation.moves] == ["open"]
    assert len(explanation.exposures) == 1


async def test_every_listing_can_be_made(ledger: Ledger) -> None:
    await bid(ledger)
    await ledger.deny([denial(1, 1)])
    counts = {what: len(await ledger.listing(what)) for what in Listing}
    assert counts[Listing.ENTRIES] == 3
    assert counts[Listing.EXPOSURES] == counts[Listing.INTENTS] == counts[Listing.DENIALS] == 1
