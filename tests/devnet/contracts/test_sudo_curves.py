"""Sudoswap's curves, rounding included: figures measured on the original bytecode."""

import pytest

from keeper.devnet.compiler import CONTRACTS, compile_folder
from keeper.domain.units import ETHER
from tests.devnet.contracts.contract import Contract
from tests.execution.contracts.artifact import NODE_MODULES
from tests.execution.contracts.chain import LocalChain

HALF_PERCENT, PROTOCOL = 5 * 10**15, 3 * 10**15
ODD = (1234567890123456789, 98765432109876543, 3, 50000000000000001, 5000000000000003)
STEEP = (1234567890123456789, 105 * 10**16, 7, 25 * 10**15, 5 * 10**15)


@pytest.fixture(scope="module")
def curves(chain: LocalChain) -> dict[str, Contract]:
    artifacts = compile_folder(CONTRACTS / "sudoswap", node_modules=NODE_MODULES)
    return {
        name: Contract(chain, artifacts[name], chain.deploy(artifacts[name]))
        for name in ("LinearCurve", "ExponentialCurve")
    }


@pytest.mark.parametrize(
    ("curve", "side", "inputs", "spot", "amount", "trade_fee", "protocol_fee"),
    [
        (
            *("LinearCurve", "Buy", (3 * ETHER, ETHER // 10, 5, HALF_PERCENT, PROTOCOL)),
            *(35 * 10**17, 16632 * 10**15, 825 * 10**14, 495 * 10**14),
        ),
        (
            *("LinearCurve", "Sell", (3 * ETHER, ETHER // 10, 5, HALF_PERCENT, PROTOCOL)),
            *(25 * 10**17, 13888 * 10**15, 7 * 10**16, 42 * 10**15),
        ),
        (
            *("ExponentialCurve", "Buy", (3 * ETHER, 2 * ETHER, 5, HALF_PERCENT, PROTOCOL)),
            *(96 * ETHER, 187488 * 10**15, 93 * 10**16, 558 * 10**15),
        ),
        (
            *("ExponentialCurve", "Sell", (3 * ETHER, 2 * ETHER, 5, HALF_PERCENT, PROTOCOL)),
            *(9375 * 10**13, 5766 * 10**15, 290625 * 10**11, 174375 * 10**11),
        ),
        (
            *("LinearCurve", "Buy", ODD, 1530864186453086418, 4532592557496259273),
            *(214814813151481486, 21481481315148162),
        ),
        (
            *("LinearCurve", "Sell", ODD, 938271593793827160, 3219999968468499983),
            *(170370368702037041, 17037036870203714),
        ),
        (
            *("ExponentialCurve", "Buy", STEEP, 1737160999990550858, 10871088966425244715),
            *(263861382680224387, 52772276536044878),
        ),
        (
            *("ExponentialCurve", "Sell", STEEP, 877384350288876042, 7275828706430409665),
            *(187521358413154889, 37504271682630978),
        ),
        ("LinearCurve", "Sell", (ETHER, 4 * ETHER // 10, 5, 0, 0), 0, 18 * 10**17, 0, 0),
    ],
)
def test_a_curve_prices_as_in_the_vectors(
    curves: dict[str, Contract],
    curve: str,
    side: str,
    inputs: tuple[int, ...],
    spot: int,
    amount: int,
    trade_fee: int,
    protocol_fee: int,
) -> None:
    told = curves[curve].view(f"get{side}Info", *inputs)
    assert told == (0, spot, inputs[1], amount, trade_fee, protocol_fee)


@pytest.mark.parametrize(
    ("curve", "side", "inputs", "error"),
    [
        ("LinearCurve", "Buy", (ETHER, 1, 0, 0, 0), 1),
        ("LinearCurve", "Sell", (ETHER, 1, 0, 0, 0), 1),
        ("LinearCurve", "Buy", (2**127, 2**126, 3, 0, 0), 2),
        ("ExponentialCurve", "Buy", (2**127, 2 * ETHER, 1, 0, 0), 2),
        ("ExponentialCurve", "Sell", (10**9, 2 * ETHER, 11, 0, 0), 4),
    ],
)
def test_a_curve_says_why_it_has_no_price(
    curves: dict[str, Contract], curve: str, side: str, inputs: tuple[int, ...], error: int
) -> None:
    assert curves[curve].view(f"get{side}Info", *inputs) == (error, 0, 0, 0, 0, 0)


def test_a_curve_accepts_only_parameters_that_it_can_price(curves: dict[str, Contract]) -> None:
    exponential = curves["ExponentialCurve"]
    assert [exponential.view("validateDelta", delta) for delta in (ETHER, ETHER + 1)] == [False, True]
    assert [exponential.view("validateSpotPrice", spot) for spot in (999_999, 10**6)] == [False, True]
    assert curves["LinearCurve"].view("validateDelta", 0)
