"""Each event is one log line, its metrics, or both."""

import inspect
import time
from collections.abc import Callable
from typing import Any

from keeper import observe
from keeper.domain.blocks import Block, Header
from keeper.domain.denials import Denial, DenialCode
from keeper.domain.errors import RetryLater
from keeper.domain.units import ETHER, Address, Hash32, Wei
from tests.support.plans import APES, make_plan

Lines = Callable[[], list[dict[str, Any]]]
Sample = Callable[..., float | None]

HASH = Hash32("0x" + "ab" * 32)


def header(number: int) -> Header:
    return Header(number, HASH, HASH, 1_700_000_000, Wei(10**9), 15, 30, Address("0x" + "cb" * 20))


def test_a_committed_block_sets_the_head_and_its_delay(lines: Lines, sample: Sample) -> None:
    observe.block_committed(Block(header(7), (), time.monotonic() - 0.3))
    assert sample("block_head", chain="mainnet") == 7
    delay = sample("block_delay_seconds_sum", chain="mainnet")
    assert delay is not None
    assert 0.3 <= delay < 60
    (line,) = lines()
    assert (line["event"], line["number"], line["block_hash"]) == ("block_committed", 7, HASH)


def test_a_reorganisation_is_counted_by_depth(lines: Lines, sample: Sample) -> None:
    observe.chain_reorged([header(9), header(8)])
    assert sample("reorgs_total", chain="mainnet", depth="2") == 1
    assert lines()[0]["depth"] == 2


def test_a_gap_counts_every_block_of_it(sample: Sample) -> None:
    observe.gap_filled(100, 109, "reconnect")
    assert sample("gap_blocks_total", chain="mainnet", cause="reconnect") == 10


def test_a_denial_is_counted_by_its_code_and_told_with_its_numbers(lines: Lines, sample: Sample) -> None:
    denial = Denial(DenialCode.EXIT_BELOW_COST, "lender/local/7", 12, "liquidation", {"bid": 70 * ETHER})
    observe.opportunity_denied(denial)
    observe.opportunity_denied(denial, again=True)
    assert sample("denied_total", strategy="liquidation", code="EXIT_BELOW_COST") == 2
    first, second = lines()
    assert first["numbers"] == {"bid": 70 * ETHER}
    assert (first["level"], second["level"]) == ("info", "debug")


def test_profit_goes_down_when_it_is_taken_back(sample: Sample) -> None:
    observe.profit_booked("liquidation", "gain", Wei(3 * ETHER))
    observe.profit_booked("liquidation", "gain", Wei(-ETHER))
    assert sample("pnl_wei", strategy="liquidation", kind="gain") == 2 * ETHER


def test_a_landed_plan_says_how_wrong_the_prediction_was(sample: Sample) -> None:
    observe.plan_landed(
        "plan", "liquidation", tx_hash=HASH, block=12, blocks_waited=2, predicted=Wei(100), realised=Wei(90)
    )
    assert sample("prediction_error_ratio", strategy="liquidation") == -0.1
    assert sample("bundle_results_total", strategy="liquidation", result="landed") == 1


def test_exposures_are_counted_while_they_last(sample: Sample) -> None:
    observe.exposure_opened("lender/local/7", APES, Wei(70 * ETHER))
    observe.exposure_opened("lender/local/8", APES, Wei(30 * ETHER))
    observe.exposure_closed("lender/local/7", APES, Wei(70 * ETHER), "redeemed")
    assert sample("capital_bound_wei") == 30 * ETHER
    assert sample("inventory", collection=APES) == 1


def test_one_state_is_in_force_at_a_time(sample: Sample) -> None:
    observe.trading_state_changed("active", "start")
    observe.trading_state_changed("halted", "drill")
    assert sample("trading_state", state="halted") == 1
    assert sample("trading_state", state="active") is None


def test_a_failure_is_counted_by_its_code(lines: Lines, sample: Sample) -> None:
    observe.endpoint_failed("own-ws", RetryLater("RPC_TIMEOUT", "no answer from https://node.example/v2/SECRET"))
    assert sample("endpoint_failures_total", endpoint="own-ws", code="RPC_TIMEOUT") == 1
    assert "SECRET" not in str(lines())


def test_every_event_can_be_said(lines: Lines) -> None:
    """With something for each argument: a wrong label or field name in any of them would raise."""
    samples: dict[str, Any] = {
        "block": Block(header(7), (), 0.0),
        "headers": [header(7)],
        "error": RetryLater("X", "y"),
        "denial": Denial(DenialCode.EXIT_NONE, "s", 1),
        "opportunity": None,
        "plan": make_plan(),
    }
    by_type: dict[str, Any] = {"int": 1, "float": 0.5, "str": "text", "Wei": Wei(5), "Address": APES, "object": 1}
    said = 0
    for name in observe.__all__:
        event = getattr(observe, name)
        if not inspect.isfunction(event) or not inspect.getmodule(event).__name__.endswith("_events"):  # type: ignore[union-attr]
            continue
        if name == "opportunity_found":
            continue
        arguments: dict[str, Any] = {}
        for parameter in inspect.signature(event).parameters.values():
            if parameter.default is not inspect.Parameter.empty:
                continue
            known = getattr(parameter.annotation, "__name__", str(parameter.annotation))
            typed = by_type.get(known)
            arguments[parameter.name] = samples[parameter.name] if typed is None else typed
        event(**arguments)
        said += 1
    assert said >= 25
    assert len({line["event"] for line in lines()}) > 20
