"""What the demo holds against itself: each thing that is not as it has to be is named."""

from dataclasses import replace

import pytest

from keeper.devnet.cast import BEND, PARA, Case, Ending
from keeper.devnet.results import Landing, Refusal, Result
from keeper.devnet.stage import Updates
from keeper.domain.denials import DenialCode
from keeper.domain.units import ETHER, Wei
from keeper.ledger import ExposureState

UPDATES = Updates(bend=10, para=20)
BOUGHT = Landing(
    block=30,
    shape="atomic",
    steps=("buy",),
    sales=({"kind": "pool", "token_ids": [1]},),
    flashes=(),
    predicted=Wei(ETHER),
    gain=Wei(ETHER),
    tip=Wei(0),
    gas_cost=Wei(0),
)
BOTH = ({"kind": "pool", "token_ids": [1, 2]}, {"kind": "offer", "token_ids": [3]})


def result(ending: Ending, *landings: Landing, refusal: Refusal | None = None) -> Result:
    code = DenialCode.EXIT_BELOW_COST if ending is Ending.REFUSED else None
    return Result(Case("it", f"{PARA}/0x1", ending, code), landings, refusal, None, Wei(0), 21)


OFFERED = replace(BOUGHT, steps=("buy", "seize_tokens"), sales=({"kind": "offer", "token_ids": [1]},))
GOOD = {
    "pool": result(Ending.POOL, BOUGHT),
    "offer": result(Ending.OFFER, OFFERED),
    "split": result(Ending.SPLIT, replace(BOUGHT, sales=BOTH)),
    "refused": result(Ending.REFUSED, refusal=Refusal("EXIT_BELOW_COST", 21, {})),
    "won": replace(result(Ending.WON, replace(BOUGHT, steps=("finalise",))), exposure=(ExposureState.SOLD, Wei(ETHER))),
    "redeemed": replace(result(Ending.REDEEMED), exposure=(ExposureState.REDEEMED, Wei(ETHER)), fine=Wei(1)),
}
BAD = {
    "sold to a pool only": (replace(GOOD["offer"], landings=(BOUGHT,)), "has to be"),
    "no second liquidation": (replace(GOOD["offer"], landings=(replace(OFFERED, steps=("buy",)),)), "has to be"),
    "two pieces only": (replace(GOOD["split"], landings=(OFFERED,)), "has to be"),
    "nothing": (result(Ending.POOL), "nothing landed"),
    "not refused": (result(Ending.REFUSED), "has to be refused"),
    "bought though refused": (replace(GOOD["refused"], landings=(BOUGHT,)), "has to be refused"),
    "no fine": (replace(GOOD["redeemed"], fine=Wei(0)), "has to be"),
    "still held": (replace(GOOD["won"], exposure=(ExposureState.WON, Wei(ETHER))), "has to be"),
    "a wei off": (replace(GOOD["pool"], landings=(replace(BOUGHT, gain=Wei(ETHER - 1)),)), "-1 wei off"),
    "seen late": (replace(GOOD["pool"], first_seen=22), "first decided about for block 22"),
    "never seen": (replace(GOOD["refused"], first_seen=None), "first decided about for block None"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_as_it_has_to_be_is_no_fault(name: str) -> None:
    assert list(GOOD[name].faults(UPDATES)) == []


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_is_named(name: str) -> None:
    found, words = BAD[name]
    assert any(words in fault for fault in found.faults(UPDATES))


def test_each_protocols_loans_are_held_against_its_own_oracle() -> None:
    loan = replace(GOOD["refused"], case=replace(GOOD["refused"].case, position=f"{BEND}/1"))
    assert list(replace(loan, first_seen=11).faults(UPDATES)) == []
    assert list(loan.faults(UPDATES))
