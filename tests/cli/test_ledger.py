"""``keeper ledger``: the daemon's own books, read while or after it runs."""

import pytest

from keeper.devnet.running import Running
from keeper.ledger import Ledger, LineKind, Listing
from tests.support.command import keeper

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]
AMOUNTS = {"gain", "tip", "gas_cost", "amount_wei", "capital", "predicted_gain", "own_capital", "binds"}


async def test_the_profit_is_the_ledgers_to_the_wei(town: Running) -> None:
    async with Ledger.open(town.files.ledger_url, writer=False) as ledger:
        profit = await ledger.profit()
    strategy, everything = (await keeper("ledger", "-c", town.files.config, "--json")).json
    assert strategy["strategy"] == "liquidation"
    assert everything["net"] == str(profit.net)
    assert profit.net > 0
    assert {kind: everything[kind] for kind in LineKind} == {kind: str(profit.total(kind)) for kind in LineKind}


@pytest.mark.parametrize("what", Listing)
async def test_every_listing_is_whole_in_json_with_amounts_as_text(town: Running, what: Listing) -> None:
    ran = await keeper("ledger", what.value, "-c", town.files.config, "--json", "--limit", 3)
    assert (ran.code, ran.err) == (0, "")
    async with Ledger.open(town.files.ledger_url, writer=False) as ledger:
        rows = await ledger.listing(what, 3)
    assert ran.json
    assert [row.keys() for row in ran.json] == [row.keys() for row in rows]
    for shown, row in zip(ran.json, rows, strict=True):
        for amount in AMOUNTS & row.keys():
            assert shown[amount] == str(row[amount])


@pytest.mark.parametrize("what", Listing)
async def test_every_listing_reads_well_without_json(town: Running, what: Listing) -> None:
    ran = await keeper("ledger", what.value, "-c", town.files.config)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(what.value.capitalize())
    assert "None" not in ran.out
    assert "{" not in ran.out


async def test_what_cannot_be_listed_is_named_with_what_can(town: Running) -> None:
    ran = await keeper("ledger", "profits", "-c", town.files.config)
    assert ran.code == 2
    assert "exposures" in ran.err
