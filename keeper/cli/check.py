"""``keeper check``: everything that has to be right before money runs on it, looked at one by one."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

import typer
from rich.text import Text

from keeper.assembly.orders import count_orders
from keeper.assembly.parts import make_adapters, make_strategies
from keeper.assembly.senders import load_signer
from keeper.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, configuration_at, console, show_rows
from keeper.cli.findings import Finding, Verdict
from keeper.cli.onchain import look_at_chain
from keeper.cli.reach import look_at_endpoint, look_at_relay
from keeper.config import Configuration, Mode
from keeper.domain.errors import ConfigError, KeeperError
from keeper.domain.units import Address
from keeper.ledger import Ledger
from keeper.risk import KillSwitch

_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.WRONG: "bold red"}


def check(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Look at config, nodes, contracts, executor, keys, balances, relays and clock. Exit code 1 if anything is wrong."""
    findings = asyncio.run(_collect(configuration_at(config)))
    rows = [
        {
            "verdict": each.verdict.value if as_json else Text(each.verdict, _STYLES[each.verdict]),
            "subject": each.subject,
            "found": each.found,
        }
        for each in findings
    ]
    show_rows("Check", rows, as_json=as_json)
    wrong = sum(each.verdict is Verdict.WRONG for each in findings)
    if wrong:
        console(stderr=True).print(f"{wrong} wrong", style="bold red")
        raise typer.Exit(1)


async def _collect(configuration: Configuration) -> list[Finding]:
    """All of it, what is far away at once."""
    chain = configuration.chain
    keys, operators = await _keys(configuration)
    endpoints = [endpoint for endpoint in chain.endpoints if endpoint.enabled]
    far: list[Coroutine[Any, Any, list[Finding]]] = [
        *(look_at_endpoint(endpoint, configuration) for endpoint in endpoints),
        *(look_at_relay(relay) for relay in chain.enabled_relays()),
        look_at_chain(configuration, operators),
    ]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(look) for look in far]
    near = [_configured(configuration), _switch(configuration), await _ledger(configuration), *_orders(configuration)]
    return [*near, *keys, *(finding for task in tasks for finding in task.result())]


def _configured(configuration: Configuration) -> Finding:
    keeper = configuration.keeper
    names = [each.name for each in (*configuration.enabled_protocols(), *configuration.enabled_venues())]
    strategies = [each.name for each in make_strategies(configuration)]
    said = f"mode {keeper.mode.value}, chain {keeper.chain}, adapters {_names(names)}, strategies {_names(strategies)}"
    return Finding("configuration", Verdict.OK if names and strategies else Verdict.WARNING, said)


def _names(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def _switch(configuration: Configuration) -> Finding:
    switch = KillSwitch(configuration.keeper.kill_switch)
    if switch.halted:
        return Finding("kill switch", Verdict.WARNING, f"on: {switch.reason()}")
    return Finding("kill switch", Verdict.OK, f"off ({switch.path})")


async def _ledger(configuration: Configuration) -> Finding:
    url = configuration.keeper.ledger
    try:
        async with Ledger.open(url.reveal(), writer=False) as ledger:
            problems = await ledger.verify()
    except ConfigError as error:
        if error.code == "LEDGER_MISSING":
            return Finding("ledger", Verdict.OK, f"{url}: none yet")
        return Finding("ledger", Verdict.WRONG, str(error))
    except KeeperError as error:
        return Finding("ledger", Verdict.WRONG, str(error))
    return Finding("ledger", Verdict.WRONG if problems else Verdict.OK, "; ".join(problems) or f"{url}: consistent")


def _orders(configuration: Configuration) -> list[Finding]:
    """Whether the files of orders are there and can be read."""
    return [
        Finding(
            f"orders of {deployment}",
            Verdict.WARNING if broken or not path.exists() else Verdict.OK,
            f"{path}: " + (f"{len(broken)} broken lines, the first: {broken[0].message}" if broken else said),
        )
        for deployment, path, read, broken in count_orders(make_adapters(configuration))
        for said in [f"{read} orders" if path.exists() else "there is no such file yet"]
    ]


async def _keys(configuration: Configuration) -> tuple[list[Finding], list[Address]]:
    """Whether every key can be had, and the operators' addresses. Which key, never what it is."""
    keys, findings, operators = configuration.keeper.keys, [], []
    for number, reference in enumerate(keys.operators, 1):
        try:
            address = (await load_signer(reference)).address
        except KeeperError as error:
            findings.append(Finding(f"key of operator {number}", Verdict.WRONG, str(error)))
        else:
            operators.append(address)
            findings.append(Finding(f"key of operator {number}", Verdict.OK, address))
    if not keys.operators:
        findings.append(Finding("keys of operators", Verdict.WARNING, "none is configured: nothing is signed"))
    if keys.auth is None:
        live = configuration.keeper.mode is Mode.LIVE
        said = "none is configured: requests to relays have no reputation"
        return [*findings, Finding("key for relays", Verdict.WARNING if live else Verdict.OK, said)], operators
    try:
        auth = (await load_signer(keys.auth)).address
    except KeeperError as error:
        return [*findings, Finding("key for relays", Verdict.WRONG, str(error))], operators
    if auth in operators:
        said = f"{auth} is an operator's: a key that holds money must not be shown to relays"
        return [*findings, Finding("key for relays", Verdict.WARNING, said)], operators
    return [*findings, Finding("key for relays", Verdict.OK, auth)], operators
