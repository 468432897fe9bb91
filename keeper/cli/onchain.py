"""Whether the chain holds what the configuration says: code at each address, an executor that obeys us, gas to run on."""

from collections.abc import Sequence
from functools import partial

from keeper.assembly.nodes import reading
from keeper.assembly.parts import make_adapters
from keeper.book import Book
from keeper.chain.codec import Function
from keeper.chain.reader import Reader
from keeper.cli.findings import Finding, Verdict, Wrong, looked_at
from keeper.cli.words import ether
from keeper.config import Configuration, Mode
from keeper.domain.adapters import Adapter
from keeper.domain.errors import KeeperError
from keeper.domain.tokens import balance_of
from keeper.domain.units import Address, Hash32

_OWNER = Function.parse("owner() returns (address)")
_PAUSED = Function.parse("paused() returns (bool)")
_IS_OPERATOR = Function.parse("isOperator(address account) returns (bool)")
_WETH = Function.parse("weth() returns (address)")


async def look_at_chain(configuration: Configuration, operators: Sequence[Address]) -> list[Finding]:
    """Everything that is read at the head of the first node."""
    try:
        async with reading(configuration) as reader:
            return await _look(configuration, reader, operators)
    except KeeperError as error:
        return [Finding("chain", Verdict.WRONG, str(error))]


async def _look(configuration: Configuration, reader: Reader, operators: Sequence[Address]) -> list[Finding]:
    chain, live = configuration.chain, configuration.keeper.mode is Mode.LIVE
    head = await reader.block("latest")
    contracts = [("WETH", chain.weth), *((f"lender {each.kind}", each.address) for each in chain.enabled_lenders())]
    contracts += [("executor", chain.executor)] if chain.executor is not None else []
    findings = [await _code(reader, name, address) for name, address in contracts]
    findings += [
        await looked_at(f"adapter {adapter.deployment}", partial(_boots, reader, adapter, head.hash))
        for adapter in make_adapters(configuration).live
    ]
    unfunded = Verdict.WRONG if live else Verdict.WARNING
    for account in operators:
        balance = await reader.balance(account)
        verdict = Verdict.OK if balance else unfunded
        findings.append(Finding(f"gas of {account}", verdict, ether(balance)))
    if chain.executor is None:
        return [*findings, Finding("executor", Verdict.WARNING, "no address is configured: nothing can be sent")]
    look = partial(_executor, reader, chain.executor, chain.weth, operators)
    return [*findings, await looked_at("executor", look)]


async def _code(reader: Reader, name: str, address: Address) -> Finding:
    code = await reader.code(address)
    said = f"{address}: {len(code)} bytes" if code else f"{address}: there is no code"
    return Finding(f"code of {name}", Verdict.OK if code else Verdict.WRONG, said)


async def _boots(reader: Reader, adapter: Adapter, block: Hash32) -> str:
    """Whether an adapter finds its contracts as it expects them."""
    changes = await reader.drive(adapter.bootstrap(Book()), block)
    return f"its contracts are as expected (facts read: {len(changes)})"


async def _executor(reader: Reader, executor: Address, weth: Address, operators: Sequence[Address]) -> str:
    views = [_OWNER.view(executor), _PAUSED.view(executor), _WETH.view(executor), balance_of(weth, executor)]
    views += [_IS_OPERATOR.view(executor, operator) for operator in operators]
    answers = await reader.call_many(views, "latest")
    words = [answer if isinstance(answer, bytes) and len(answer) == 32 else None for answer in answers]
    owner, paused, its_weth, balance, *allowed = words
    if owner is None or paused is None or balance is None or its_weth is None or _WETH.decode(its_weth) != weth:
        raise Wrong("not an executor of this chain's WETH")
    if _PAUSED.decode(paused):
        raise Wrong(f"its owner {_OWNER.decode(owner)} has paused it")
    asked = zip(operators, allowed, strict=True)
    strangers = [account for account, word in asked if word is None or not _IS_OPERATOR.decode(word)]
    if strangers:
        raise Wrong(f"not its operators: {', '.join(strangers)}; its owner has to call setOperator")
    return f"owner {_OWNER.decode(owner)}, operators known: {len(operators)}, holds {ether(int.from_bytes(balance))}"
