"""``keeper positions``: who is nearest to liquidation, with what and for how much."""

import pytest

from keeper.devnet.running import Running
from keeper.domain.units import WAD
from tests.support.command import keeper

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


async def test_the_nearest_to_liquidation_come_first(town: Running) -> None:
    ran = await keeper("positions", "-c", town.files.config, "--json")
    assert (ran.code, ran.err) == (0, "")
    health = [int(row["health"]) for row in ran.json]
    assert len(health) >= 5
    assert health == sorted(health)
    assert health[0] < WAD


async def test_an_accounts_health_and_debt_are_those_of_the_contract(town: Running) -> None:
    rows = {row["position"]: row for row in (await keeper("positions", "-c", town.files.config, "--json")).json}
    accounts = [row for key, row in rows.items() if key.startswith("paraspace/")]
    assert accounts
    for row in accounts:
        data = await town.world.para.pool.view("getUserAccountData", row["debtor"])
        debt, health = int(data[1]), int(data[6])
        # Twelve seconds of interest later than the contract's answer.
        assert 0 <= int(row["value"]) - debt <= debt // 10**6
        if int(row["value"]):
            assert 0 <= health - int(row["health"]) <= health // 10**6


async def test_debt_has_its_unit_and_collateral_its_name(town: Running) -> None:
    loan = next(case for case in town.cast.cases if case.name == "apes 3")
    ran = await keeper("positions", "-c", town.files.config)
    (line,) = [line for line in ran.out.splitlines() if loan.position in line]
    assert "USD" in line
    assert "ETH" in line
    assert "Apes #3" in line
    rows = (await keeper("positions", "-c", town.files.config, "--json")).json
    (row,) = [row for row in rows if row["position"] == loan.position]
    (debt,) = row["debts"]
    assert (debt["symbol"], debt["decimals"], debt["asset"]) == ("USD", 6, town.world.dollar.address)
    dollar_in_wei = 5 * 10**14
    assert int(row["value"]) == int(debt["amount"]) * dollar_in_wei // 10**6
    assert [(item["name"], item["token_id"]) for item in row["collateral"]] == [("Apes", "3")]


async def test_a_limit_shows_the_nearest_and_says_how_many_there_are(town: Running) -> None:
    every = (await keeper("positions", "-c", town.files.config, "--json")).json
    ran = await keeper("positions", "-c", town.files.config, "--limit", 2)
    assert f"the nearest 2 of {len(every)}" in ran.out
    few = (await keeper("positions", "-c", town.files.config, "--limit", 2, "--json")).json
    assert [row["position"] for row in few] == [row["position"] for row in every[:2]]
