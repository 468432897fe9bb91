"""/metrics, /livez and /readyz on one port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from keeper.domain.errors import StopProcess
from keeper.observe.health import Health, Report
from keeper.observe.metrics import Metrics


def application(health: Health, metrics: Metrics) -> web.Application:
    """The probes as an aiohttp application, for other pages to be added to."""

    async def read_metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def livez(_request: web.Request) -> web.Response:
        return _answer(health.liveness(), ok=health.alive)

    async def readyz(_request: web.Request) -> web.Response:
        return _answer(health.readiness(), ok=health.ready)

    app = web.Application()
    app.add_routes([web.get("/metrics", read_metrics), web.get("/livez", livez), web.get("/readyz", readyz)])
    return app


def _answer(report: Report, *, ok: bool) -> web.Response:
    return web.json_response(report, status=200 if ok else 503)


@asynccontextmanager
async def serving(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve while the block runs; yields the port, which the system has chosen where ``port`` is 0. ``StopProcess`` with
    HTTP_PORT_TAKEN where it cannot be had."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise StopProcess(
                "HTTP_PORT_TAKEN", f"{host}:{port} cannot be listened on: {error.strerror}", "choose another http.port"
            ) from error
        chosen: int = runner.addresses[0][1]
        yield chosen
    finally:
        await runner.cleanup()
