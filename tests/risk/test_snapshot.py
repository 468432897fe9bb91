"""What is at risk, by the ledger; and what an earlier run had reserved."""

from pathlib import Path

from keeper.config import Mode
from keeper.domain.units import ETHER, Wei
from keeper.ledger import Ledger, SubmissionState
from keeper.risk import Exposed, KillSwitch, Limits, RiskGate, exposed, keep_reservations
from tests.support.ledgers import NOON, bid, make_attempt
from tests.support.plans import APES, make_plan

LIMITS = Limits(Wei(10**21), Wei(100 * ETHER), Wei(10**21), Wei(10**21), Wei(100 * ETHER), None)


async def test_standing_bids_are_exposure_by_collection_and_day(tmp_path: Path) -> None:
    async with Ledger.open(f"sqlite:///{tmp_path / 'keeper.db'}") as ledger:
        assert await exposed(ledger, Wei(5), NOON) == Exposed(Wei(5))
        await bid(ledger, "one", 100, capital=30 * ETHER)
        await bid(ledger, "two", 101, capital=20 * ETHER)
        now = await exposed(ledger, Wei(5), NOON)
        assert now.open_capital == now.capital_today == 50 * ETHER
        assert now.by_collection == {APES: 50 * ETHER}
        assert now.loss_today == 2 * (ETHER // 100 + ETHER // 10)
        tomorrow = await exposed(ledger, Wei(5), NOON + 86_400)
        assert (tomorrow.open_capital, tomorrow.capital_today, tomorrow.loss_today) == (50 * ETHER, 0, 0)


async def test_a_bid_that_an_earlier_run_sent_is_counted_after_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'keeper.db'}"
    capital = 60 * ETHER
    async with Ledger.open(url) as ledger:
        await ledger.record_intent(make_plan("sent", gain=-capital, own_capital=capital, binds=capital))
        await ledger.record_submission(make_attempt("sent"))
    async with Ledger.open(url) as ledger:
        gate = RiskGate(LIMITS, Mode.LIVE, KillSwitch(tmp_path / "halt"))
        await keep_reservations(gate, ledger)
        another = make_plan("another", gain=-capital, own_capital=capital, binds=capital)
        rich = Exposed(Wei(10**21))
        (denial,) = gate.admit([another], rich).denials
        assert denial.code.name == "RISK_LIMIT_COLLECTION"
        for relay in ("one", "two"):
            await ledger.record_answer(make_attempt("sent"), relay, SubmissionState.REFUSED)
        gate.release("sent")
        assert gate.admit([another], rich).admitted
