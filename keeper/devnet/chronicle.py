"""What the keeper did, block by block, as its ledger tells it to whoever looks on: one line for each piece of news."""

from collections.abc import Mapping, Sequence
from typing import Any

from keeper.devnet.cast import Case
from keeper.domain.denials import DenialCode
from keeper.domain.units import format_units
from keeper.ledger import Ledger, Listing
from keeper.ledger.records import LineKind

_MANY = 1_000
_ETHER_FROM = 10**14
"""Numbers from here on are amounts of wei, for people."""
_UNTOLD = frozenset({"plan", "place", "by", "spot", "net", "unsold"})


class Chronicle:
    """Remembers what it has told."""

    def __init__(self, ledger: Ledger, cases: Sequence[Case]) -> None:
        self._ledger = ledger
        self._cases = {case.position: case for case in cases}
        self._told: set[tuple[object, ...]] = set()

    async def news(self) -> list[str]:
        """Everything since the last time, oldest first."""
        intents = {row["plan_id"]: row for row in await self._ledger.listing(Listing.INTENTS, _MANY)}
        outcomes = reversed(await self._ledger.listing(Listing.OUTCOMES, _MANY))
        entries = reversed(await self._ledger.listing(Listing.ENTRIES, _MANY))
        denials = await self._ledger.listing(Listing.DENIALS, _MANY)
        return [
            *(
                self._outcome(_any(row), _any(intents[row["plan_id"]]))
                for row in outcomes
                if self._is_new("outcome", row["id"], row["result"])
            ),
            *(
                f"fine of {ether(_any(row)['amount_wei'])} earned: the borrower redeemed"
                for row in entries
                if row["kind"] == LineKind.FINE and self._is_new("fine", row["id"], row["reverted"])
            ),
            *(
                f"refused {case.name}: {row['code']} ({numbers(_any(row['numbers']))})"
                for row in denials
                if (case := self._case(str(row["subject"]))) is not None
                and case.refusal is not None
                and row["code"] == case.refusal.name
                and self._is_new("denial", case.name)
            ),
        ]

    def _outcome(self, outcome: Mapping[str, Any], intent: Mapping[str, Any]) -> str:
        case = self._case(str(intent["position"]))
        name = case.name if case else str(intent["position"])
        decision = intent["decision"]
        if outcome["result"] != "landed":
            return f"{outcome['result']}: {intent['shape']} on {name} {outcome['detail']}".rstrip()
        steps = " + ".join(step["kind"].replace("_", " ") for step in decision["steps"])
        match intent["shape"]:
            case "groundwork":
                return f"landed: {steps} on {name}"
            case "inventory":
                return f"landed: {steps} of {ether(intent['binds'])} on {name}"
            case _:
                gain = outcome["gain"] - decision["economics"]["cost_basis"]
                return f"landed: {steps} on {name}, sold to {exits(decision['sales'])}: gain {ether(gain)}"

    def _case(self, subject: str) -> Case | None:
        """A position's, or that of a denial about one of its steps."""
        return self._cases.get(subject) or self._cases.get(subject.rpartition(":")[0])

    def _is_new(self, *what: object) -> bool:
        if what in self._told:
            return False
        self._told.add(what)
        return True


def exits(sales: Sequence[Mapping[str, Any]]) -> str:
    """Where pieces went, in words."""
    counts: dict[str, int] = {}
    for sale in sales:
        counts[sale["kind"]] = counts.get(sale["kind"], 0) + 1
    return ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts.items())


def ether(wei: int) -> str:
    """An amount for people."""
    return f"{format_units(wei)} ETH"


def numbers(values: Mapping[str, Any]) -> str:
    """The numbers behind a refusal, amounts in ETH."""
    told = {name: value for name, value in values.items() if name not in _UNTOLD}
    return ", ".join(f"{name} {_number(value)}" for name, value in told.items())


def meaning(code: str) -> str:
    """What a refusal's code says."""
    return DenialCode[code].value


def _number(value: object) -> str:
    if not isinstance(value, int):
        text = str(value)
        return f"{text[:10]}…" if text.startswith("0x") else text
    if value >= 2**255:
        return "unlimited"
    return ether(value) if abs(value) >= _ETHER_FROM else str(value)


def _any(value: object) -> Any:  # noqa: ANN401 - a row of JSON
    return value
