"""Whether nodes and relays can be reached, and are what the configuration takes them for."""

import time

import aiohttp

from keeper.assembly.nodes import connected
from keeper.assembly.senders import relay_settings
from keeper.cli.findings import Finding, Verdict
from keeper.config import Configuration, RelayConfig, Role
from keeper.config.schema import EndpointConfig
from keeper.domain.errors import KeeperError
from keeper.execution.relays import open_session

_UNWELCOME = frozenset({401, 403, 429})
_LATE_SECONDS = 60
_LATE_BLOCKS = 3


async def look_at_endpoint(config: EndpointConfig, configuration: Configuration) -> list[Finding]:
    """Its chain, its head and the head's age by this clock; whether it simulates, where it has to."""
    chain, subject = configuration.chain, f"node {config.name}"
    findings = []
    try:
        started = time.perf_counter()
        async with connected(config, chain.chain_id) as reader:
            head = await reader.block("latest")
            took = (time.perf_counter() - started) * 1_000
            said = f"{config.url}: chain {chain.chain_id}, block {head.number}, in {took:.0f} ms"
            findings.append(Finding(subject, Verdict.OK, said))
            findings.append(_age(subject, round(time.time()) - head.timestamp, chain.block_seconds))
            if Role.SIMULATE in config.roles:
                await reader.simulate({"blockStateCalls": [{}]}, head.hash)
                findings.append(Finding(subject, Verdict.OK, "simulates (eth_simulateV1)"))
    except KeeperError as error:
        findings.append(Finding(subject, Verdict.WRONG, str(error)))
    return findings


def _age(subject: str, seconds: int, block_seconds: int) -> Finding:
    """Whether the head is of now. A head of the future means that this clock is wrong."""
    if seconds < -block_seconds:
        return Finding(subject, Verdict.WARNING, f"its head is {-seconds} s ahead of this clock: is the clock right?")
    late = seconds > max(_LATE_SECONDS, _LATE_BLOCKS * block_seconds)
    verdict = Verdict.WARNING if late else Verdict.OK
    return Finding(subject, verdict, f"its head is {seconds} s old by this clock")


async def look_at_relay(config: RelayConfig) -> list[Finding]:
    """Whether its port answers at all. It is asked for nothing: a signed request would count for its reputation."""
    settings = relay_settings(config)
    subject = f"relay {config.name}"
    timeout = aiohttp.ClientTimeout(total=settings.timeout_seconds)
    started = time.perf_counter()
    try:
        async with (
            open_session() as session,
            session.get(settings.url, timeout=timeout, ssl=settings.verify_tls, allow_redirects=False) as response,
        ):
            took = (time.perf_counter() - started) * 1_000
            bad = response.status in _UNWELCOME or response.status >= 500
            said = f"{config.url} answers HTTP {response.status} in {took:.0f} ms"
            return [Finding(subject, Verdict.WARNING if bad else Verdict.OK, said)]
    except TimeoutError:
        why = f"no answer in {settings.timeout_seconds:g} s"
    except (aiohttp.ClientError, OSError) as error:
        # Not its text: that may hold the whole URL, and with it a key.
        why = type(error).__name__
    return [Finding(subject, Verdict.WRONG, f"{config.url} does not answer: {why}")]
