"""Probes ask for recent useful work, not for a process that is up."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from keeper import observe
from keeper.domain.errors import StopProcess
from keeper.observe import Health, Metrics, application, serving


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(stale_after=60.0, clock=clock)


@pytest.fixture
async def base(health: Health) -> AsyncIterator[str]:
    metrics = Metrics(CollectorRegistry())
    metrics.block_head.labels("mainnet").set(7)
    async with serving(application(health, metrics), "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}"


async def ask(url: str) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.json()


async def test_metrics_are_served_in_prometheus_own_format(base: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{base}/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=")
        assert 'keeper_block_head{chain="mainnet"} 7.0' in await response.text()


async def test_it_lives_while_blocks_are_evaluated_and_no_longer(base: str, health: Health, clock: Clock) -> None:
    status, report = await ask(f"{base}/livez")
    assert (status, report["block"]) == (200, None)
    clock.now += 61
    assert (await ask(f"{base}/livez"))[0] == 503
    health.block_evaluated(19_000_000)
    status, report = await ask(f"{base}/livez")
    assert (status, report["block"], report["age_seconds"]) == (200, 19_000_000, 0)
    clock.now += 60.5
    status, report = await ask(f"{base}/livez")
    assert (status, report["alive"], report["age_seconds"]) == (503, False, 60.5)


async def test_it_is_ready_when_the_book_is_complete_the_endpoints_work_and_it_is_active(
    base: str, health: Health
) -> None:
    assert (await ask(f"{base}/readyz"))[0] == 503
    health.book_completed()
    health.endpoint_seen("stream", works=True)
    health.state_changed("active")
    assert (await ask(f"{base}/readyz"))[0] == 200

    health.endpoint_seen("read", works=False)
    status, report = await ask(f"{base}/readyz")
    assert (status, report["endpoints"]) == (503, {"stream": True, "read": False})
    health.endpoint_seen("read", works=True)

    health.state_changed("halted")
    status, report = await ask(f"{base}/readyz")
    assert (status, report["state"]) == (503, "halted")
    health.state_changed("active")

    health.book_completed(complete=False)
    assert (await ask(f"{base}/readyz"))[0] == 503


async def test_a_port_that_is_taken_stops_the_process(base: str, health: Health) -> None:
    port = int(base.rpartition(":")[2])
    with pytest.raises(StopProcess, match="HTTP_PORT_TAKEN"):
        async with observe.serving(application(health, Metrics(CollectorRegistry())), "127.0.0.1", port):
            pass
