"""``keeper explain``: a decision can be followed by hand, whether it was done or refused."""

import re
from collections.abc import Sequence

import pytest

from keeper.devnet.cast import Case, Ending
from keeper.devnet.running import Running
from keeper.domain.units import format_units
from tests.support.command import keeper

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


def case(cases: Sequence[Case], ending: Ending) -> Case:
    return next(each for each in cases if each.ending is ending)


async def test_a_purchase_is_told_from_its_steps_to_its_bookings(town: Running) -> None:
    split = case(town.cast.cases, Ending.SPLIT)
    known = (await keeper("explain", split.position, "-c", town.files.config, "--json")).json
    purchase = next(row for row in known["intents"] if row["shape"] == "atomic")
    economics = purchase["decision"]["economics"]
    ran = await keeper("explain", purchase["plan_id"][:10], "-c", town.files.config)
    assert (ran.code, ran.err) == (0, "")
    for said in (
        f"plan {purchase['plan_id']}: atomic, by liquidation",
        f"gain {format_units(int(economics['gain']))} ETH",
        "seize tokens as anyone, pays",
        "morpho: 20.000000 ETH, fee 0.000000 ETH",
        "(0 wei off)",
        "relay-1, accepted",
    ):
        assert said in ran.out
    assert len(re.findall(r"#\d to (pool sudoswap-v2|offer seaport) ", ran.out)) == 3


async def test_a_redeemed_bid_shows_the_fine_that_it_earned(town: Running) -> None:
    redeemed = case(town.cast.cases, Ending.REDEEMED)
    ran = await keeper("explain", redeemed.position, "-c", town.files.config)
    assert re.search(r"redeemed in block \d+", ran.out)
    assert re.search(r"fine 0\.\d+ ETH in block \d+", ran.out)
    assert re.search(r"refund 7\.\d+ ETH in block \d+", ran.out)


@pytest.mark.parametrize("name", ["apes 3", "dust", "crowns", "frogs", "ghosts", "mirages"])
async def test_a_refusal_is_told_in_words_with_its_numbers(town: Running, name: str) -> None:
    refused = next(each for each in town.cast.cases if each.name == name)
    assert refused.refusal is not None
    ran = await keeper("explain", refused.position, "-c", town.files.config)
    assert f"refused {refused.refusal.name}: {refused.refusal.value}" in ran.out


async def test_json_holds_every_record_of_it_with_amounts_whole(town: Running) -> None:
    dust = next(each for each in town.cast.cases if each.name == "dust")
    ran = await keeper("explain", dust.position, "-c", town.files.config, "--json")
    numbers = ran.json["denials"][0]["numbers"]
    assert int(numbers["needed"]) > int(numbers["exit"]) > 10**18
    assert isinstance(numbers["exit"], str)


async def test_what_the_ledger_does_not_know_is_an_error_with_what_to_ask_instead(town: Running) -> None:
    for form in ((), ("--json",)):
        ran = await keeper("explain", "benddao_v1/benddao-v1/999", "-c", town.files.config, *form)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("EXPLAIN_UNKNOWN ")
        assert "keeper ledger denials" in ran.err
