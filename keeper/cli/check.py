"""``keeper check``: everything that has to be right before money runs on it, looked at one by one."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import aiohttp
import typer
from rich.console import Console

from keeper.assembly.nodes import reading
from keeper.assembly.parts import make_adapters
from keeper.assembly.senders import load_signer, relay_settings
from keeper.book import Book
from keeper.chain.codec import Function
from keeper.chain.reader import Reader
from keeper.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, configuration_at, ether, show_rows
from keeper.config import Configuration, KeyRef, Mode
from keeper.domain.adapters import Adapter
from keeper.domain.errors import KeeperError
from keeper.domain.tokens import balance_of
from keeper.domain.units import Address, Hash32
from keeper.execution.relays import open_session
from keeper.risk import KillSwitch

_OWNER = Function.parse("owner() returns (address)")
_PAUSED = Function.parse("paused() returns (bool)")
_IS_OPERATOR = Function.parse("isOperator(address account) returns (bool)")
_WETH = Function.parse("weth() returns (address)")
_LATE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``verdict`` is ``ok``, ``warning`` or ``wrong``."""

    subject: str
    verdict: str
    found: str


def check(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Look at config, node, contracts, executor, keys, balances, relays and clock. Exit code 1 if anything is wrong."""
    configuration = configuration_at(config)
    findings = [Finding("configuration", "ok", f"{configuration.directory} ({configuration.keeper.mode.value})")]
    findings += asyncio.run(_collect(configuration))
    rows = [{"": each.verdict, "subject": each.subject, "found": each.found} for each in findings]
    show_rows("Check", rows, as_json=as_json)
    wrong = sum(each.verdict == "wrong" for each in findings)
    if wrong:
        if not as_json:
            Console(stderr=True).print(f"[bold red]{wrong} wrong")
        raise typer.Exit(1)


async def _collect(configuration: Configuration) -> list[Finding]:
    findings = [finding async for finding in _relays(configuration)]
    switch = KillSwitch(configuration.keeper.kill_switch)
    findings.append(
        Finding("kill switch", "warning" if switch.halted else "ok", switch.reason() if switch.halted else "off")
    )
    try:
        async with reading(configuration) as reader:
            findings += [finding async for finding in _chain(configuration, reader)]
    except KeeperError as error:
        findings.append(Finding("node", "wrong", str(error)))
    return findings


async def _chain(configuration: Configuration, reader: Reader) -> AsyncIterator[Finding]:
    chain = configuration.chain
    head = await reader.block("latest")
    yield Finding("node", "ok", f"chain {chain.chain_id}, block {head.number}")
    age = round(time.time()) - head.timestamp
    late = abs(age) > max(_LATE_SECONDS, 3 * chain.block_seconds)
    yield Finding("clock and head", "warning" if late else "ok", f"the head is {age} s old by this clock")
    for name, address in [("WETH", chain.weth), *((f"lender {x.kind}", x.address) for x in chain.enabled_lenders())]:
        yield await _has_code(reader, name, address)
    adapters = make_adapters(configuration)
    for adapter in adapters.live:
        yield await _attempt(f"adapter {adapter.deployment}", partial(_boots, reader, adapter, head.hash))
    signers = [(f"operator {i}", key) for i, key in enumerate(configuration.keeper.keys.operators, 1)]
    accounts = []
    for name, key in signers:
        finding, account = await _key(reader, name, key)
        accounts += [account] if account is not None else []
        yield finding
    if chain.executor is None:
        live = configuration.keeper.mode is Mode.LIVE
        yield Finding("executor", "wrong" if live else "warning", "no address is configured")
        return
    yield await _has_code(reader, "executor", chain.executor)
    yield await _attempt("executor", partial(_executor, reader, chain.executor, chain.weth, accounts))


async def _executor(reader: Reader, executor: Address, weth: Address, operators: list[Address]) -> str:
    views = [_OWNER.view(executor), _PAUSED.view(executor), _WETH.view(executor), balance_of(weth, executor)]
    views += [_IS_OPERATOR.view(executor, operator) for operator in operators]
    answers = await reader.call_many(views, "latest")
    owner, paused, its_weth, balance, *allowed = (answer if isinstance(answer, bytes) else b"" for answer in answers)
    if not owner or _WETH.decode(its_weth) != weth:
        raise _Wrong("not an executor of this chain's WETH")
    if _PAUSED.decode(paused):
        raise _Wrong("it is paused by its owner")
    strangers = [op for op, word in zip(operators, allowed, strict=True) if not word or not _IS_OPERATOR.decode(word)]
    if strangers:
        raise _Wrong(f"not its operators: {', '.join(strangers)}; the owner has to call setOperator")
    return f"owner {_OWNER.decode(owner)}, {len(operators)} operators, {ether(int.from_bytes(balance))} in WETH"


class _Wrong(Exception):
    """What was found is wrong; the message says what."""


async def _attempt(subject: str, look: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(subject, "ok", await look())
    except (_Wrong, KeeperError) as error:
        return Finding(subject, "wrong", str(error))


async def _boots(reader: Reader, adapter: Adapter, block: Hash32) -> str:
    """Whether an adapter finds its contracts as it expects them."""
    changes = await reader.drive(adapter.bootstrap(Book()), block)
    return f"reads its contracts: {len(changes)} facts"


async def _has_code(reader: Reader, name: str, address: Address) -> Finding:
    code = await reader.code(address)
    return Finding(f"code of {name}", "ok" if code else "wrong", f"{address}: {len(code)} bytes")


async def _key(reader: Reader, name: str, key: KeyRef) -> tuple[Finding, Address | None]:
    try:
        signer = await load_signer(key)
    except KeeperError as error:
        return Finding(name, "wrong", str(error)), None
    balance = await reader.balance(signer.address)
    verdict = "ok" if balance else "warning"
    return Finding(name, verdict, f"{signer.address}: {ether(balance)} for gas"), signer.address


async def _relays(configuration: Configuration) -> AsyncIterator[Finding]:
    """Whether each relay's port answers at all; a signed request would count against its reputation."""
    async with open_session() as session:
        for config in configuration.chain.enabled_relays():
            settings = relay_settings(config)
            timeout = aiohttp.ClientTimeout(total=settings.timeout_seconds)
            started = time.perf_counter()
            try:
                async with session.get(settings.url, timeout=timeout, ssl=settings.verify_tls) as response:
                    took = (time.perf_counter() - started) * 1_000
                    yield Finding(f"relay {settings.label}", "ok", f"answers HTTP {response.status} in {took:.0f} ms")
            except (aiohttp.ClientError, TimeoutError) as error:
                yield Finding(f"relay {settings.label}", "wrong", f"does not answer: {type(error).__name__}")
