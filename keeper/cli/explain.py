"""``keeper explain``: one decision, with all of its numbers."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.text import Text
from rich.tree import Tree

from keeper.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, configuration_at, console, show_json
from keeper.cli.words import ether, gwei, moment, numbers, place, short
from keeper.config import Configuration
from keeper.domain.denials import DenialCode
from keeper.domain.errors import SkipItem
from keeper.domain.units import Address
from keeper.ledger import Explanation, Ledger

Record = Mapping[str, Any]
_ECONOMICS = ("proceeds", "pays", "flash_fees", "gain", "tip", "gas_cost", "cost_basis", "net")


def explain(
    subject: Annotated[str, typer.Argument(help="A plan's id or its beginning, or a position's key.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Why something was done or not done: steps, amounts, answers of relays, outcome, bookings."""
    configuration = configuration_at(config)
    found = asyncio.run(_explain(configuration, subject))
    if as_json:
        show_json(asdict(found))
    else:
        console().print(_Story(found, configuration.chain.weth).tree(subject))


async def _explain(configuration: Configuration, subject: str) -> Explanation:
    async with Ledger.open(configuration.keeper.ledger.reveal(), writer=False) as ledger:
        found = await ledger.explain(subject)
    if not found:
        raise SkipItem(
            "EXPLAIN_UNKNOWN",
            f"the ledger knows nothing of {subject}",
            "`keeper ledger intents` lists plans, `keeper ledger denials` what was refused",
        )
    return found


class _Story:
    """What the ledger found, told plan by plan, then what was refused."""

    def __init__(self, found: Explanation, weth: Address) -> None:
        self._found = found
        self._weth = weth

    def tree(self, subject: str) -> Tree:
        tree = Tree(Text(subject, "bold"))
        for intent in self._found.intents:
            self._tell_plan(tree, intent)
        told = {intent["plan_id"] for intent in self._found.intents}
        for exposure in self._found.exposures:
            if exposure["plan_id"] not in told:
                self._tell_exposure(tree, exposure)
        for denial in self._found.denials:
            _tell_denial(tree, denial)
        return tree

    def _tell_plan(self, tree: Tree, intent: Record) -> None:
        decision = intent["decision"]
        plan = tree.add(
            _line("plan ", intent["plan_id"], f": {intent['shape']}, by {intent['strategy']}", style="bold")
        )
        plan.add(
            f"decided for block {intent['decided_block']} ({moment(decision['timestamp'])} UTC), "
            f"base fee {gwei(decision['base_fee'])}; position {intent['position']}"
        )
        self._tell_decision(plan, decision)
        _branch(plan, "sent", map(_submission, _of(self._found.submissions, intent)))
        _branch(plan, "became", map(_outcome, _of(self._found.outcomes, intent)))
        for exposure in _of(self._found.exposures, intent):
            self._tell_exposure(plan, exposure)
        held = {exposure["id"] for exposure in _of(self._found.exposures, intent)}
        others = [row for row in self._found.entries if row["plan_id"] is None and row["exposure_id"] in held]
        _branch(plan, "booked", map(_entry, [*_of(self._found.entries, intent), *others]))

    def _tell_decision(self, plan: Tree, decision: Record) -> None:
        _branch(plan, "steps", map(self._step, decision["steps"]))
        _branch(plan, "sales", map(self._sale, decision["sales"]))
        funding = [
            f"{flash['kind']}: {self._amount(flash['token'], flash['amount'])}, "
            f"fee {self._amount(flash['token'], flash['fee'])}"
            for flash in decision["flashes"]
        ]
        own = [f"own capital {ether(decision['own_capital'])}"] if decision["own_capital"] else []
        bound = [f"bound until it ends: {ether(decision['binds'])}"] if decision["binds"] else []
        _branch(plan, "funded by", [*funding, *own, *bound])
        economics = decision["economics"]
        expected = [f"{name.replace('_', ' ')} {ether(economics[name])}" for name in _ECONOMICS if economics[name]]
        _branch(plan, f"expected, with at least {ether(decision['min_profit'])}", expected)
        if decision["notes"]:
            plan.add(f"notes: {numbers(decision['notes'])}")

    def _step(self, step: Record) -> str:
        pays = step["pays"]
        paid = f", pays {self._amount(pays['token'], pays['amount'])}" if pays else ""
        got = ", ".join(
            f"{short(each['token'])} #{each['token_id']}"
            if each["token_id"] is not None
            else self._amount(each["token"], each["amount"])
            for each in step["receives"]
        )
        return f"{step['kind'].replace('_', ' ')} as {step['role']}{paid}{', receives ' + got if got else ''}"

    def _sale(self, sale: Record) -> str:
        pieces = ", ".join(f"#{each}" for each in sale["token_ids"])
        cut = ", ".join(
            f"{name} {self._amount(sale['asset'], sale[name])}" for name in ("gross", "fees", "royalty") if sale[name]
        )
        return f"{pieces} to {sale['kind']} {place(sale['place'])}: {self._amount(sale['asset'], sale['net'])} ({cut})"

    def _amount(self, token: str, amount: int) -> str:
        return ether(amount) if token == self._weth else f"{amount} of {short(token)}"

    def _tell_exposure(self, tree: Tree, exposure: Record) -> None:
        branch = tree.add(
            f"exposure {exposure['id']}: {short(exposure['collection'])} #{exposure['token_id']}, "
            f"{ether(exposure['capital'])}, {exposure['state']}"
        )
        for move in self._found.moves:
            if move["exposure_id"] == exposure["id"]:
                undone = ", undone by a reorganisation" if move["undone"] else ""
                branch.add(f"{move['entered']} in block {move['block_number']}, {move['tx_hash']}{undone}")


def _tell_denial(tree: Tree, denial: Record) -> None:
    code = denial["code"]
    meaning = DenialCode[code].value if code in DenialCode.__members__ else "a code of another version"
    branch = tree.add(_line("refused ", code, f": {meaning}", style="bold yellow"))
    first, last = denial["first_block"], denial["block"]
    when = f"block {last}" if first == last else f"{denial['times']} times in blocks {first} to {last}"
    branch.add(f"{denial['subject']}, by {denial['strategy'] or 'the keeper'}, {when}")
    if denial["numbers"]:
        branch.add(numbers(denial["numbers"]))


def _submission(row: Record) -> str:
    said = f": {row['response']}" if row["response"] else ""
    return f"for block {row['target_block']} to {row['relay']}, {row['state']}{said}"


def _outcome(row: Record) -> str:
    if not row["tx_hash"]:
        return f"{row['result']}, block {row['block_number']}" + (f": {row['detail']}" if row["detail"] else "")
    off = row["gain"] - row["predicted_gain"]
    return (
        f"{row['result']} in block {row['block_number']}: gain {ether(row['gain'])} ({off} wei off), "
        f"tip {ether(row['tip'])}, gas {ether(row['gas_cost'])}, {row['tx_hash']}"
        + (f": {row['detail']}" if row["detail"] else "")
    )


def _entry(row: Record) -> str:
    undone = ", undone by a reorganisation" if row["reverted"] else ""
    return f"{row['kind']} {ether(row['amount_wei'])} in block {row['block_number']}{undone}"


def _of(rows: Sequence[Record], intent: Record) -> list[Record]:
    return [row for row in rows if row["plan_id"] == intent["plan_id"]]


def _branch(tree: Tree, title: str, lines: Iterable[str]) -> None:
    """A titled list; nothing where there is none."""
    told = list(lines)
    if told:
        branch = tree.add(Text(title, "cyan"))
        for line in told:
            branch.add(Text(line))


def _line(before: str, what: str, after: str, *, style: str) -> Text:
    return Text.assemble(before, (what, style), after)
