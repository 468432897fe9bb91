"""Where events go: one registry of metrics and one log, held by context, so that two keepers or two tests in one process
never see each other's."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TextIO

import structlog
from prometheus_client import CollectorRegistry
from structlog.typing import FilteringBoundLogger, Processor

from keeper.observe.metrics import Metrics
from keeper.observe.redaction import redact


@dataclass(frozen=True, slots=True)
class Scope:
    """What events are written to. ``chain`` labels the metrics that belong to one."""

    metrics: Metrics
    log: FilteringBoundLogger
    chain: str


class _Stream:
    """A structlog target that looks up standard error at the time of writing, as tests and daemons replace it."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def msg(self, text: str) -> None:
        print(text, file=self._stream or sys.stderr, flush=True)

    debug = info = warning = error = critical = msg


def _logger(form: str, level: str, stream: TextIO | None) -> FilteringBoundLogger:
    if form not in {"json", "console"}:
        raise ValueError(f"unknown log format: {form}")
    renderer: Processor = (
        structlog.processors.JSONRenderer(serializer=json.dumps)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=(stream or sys.stderr).isatty(), pad_event_to=24)
    )
    processors: list[Processor] = [
        redact,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        renderer,
    ]
    wrapper = structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()])
    logger: FilteringBoundLogger = structlog.wrap_logger(_Stream(stream), processors=processors, wrapper_class=wrapper)
    return logger


def make_scope(
    *,
    form: str = "console",
    level: str = "info",
    stream: TextIO | None = None,
    registry: CollectorRegistry | None = None,
    chain: str = "",
) -> Scope:
    """A scope of its own. ``form`` is ``json`` or ``console``; ``level`` the least that is written; the log goes to
    standard error unless ``stream`` is given."""
    return Scope(Metrics(registry or CollectorRegistry()), _logger(form, level, stream), chain)


_CURRENT: ContextVar[Scope] = ContextVar("keeper_observe_scope", default=make_scope())  # noqa: B039 - a fallback that is never changed


def current() -> Scope:
    """The scope in force here."""
    return _CURRENT.get()


def configure(
    *, form: str = "console", level: str = "info", chain: str = "", registry: CollectorRegistry | None = None
) -> Metrics:
    """Set up the process: call it once, before the event loop starts its tasks, which inherit it. Libraries' own warnings
    come out as events too."""
    scope = make_scope(form=form, level=level, registry=registry, chain=chain)
    _CURRENT.set(scope)
    root = logging.getLogger()
    root.handlers = [_Bridge(scope.log)]
    root.setLevel(logging.WARNING)
    return scope.metrics


@contextmanager
def observing(scope: Scope) -> Iterator[Metrics]:
    """Have events go to ``scope`` inside the block: for a test, or for one of several keepers."""
    token = _CURRENT.set(scope)
    try:
        yield scope.metrics
    finally:
        _CURRENT.reset(token)


class _Bridge(logging.Handler):
    """Hands what libraries log to our log, so that it is redacted and formatted like everything else."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"library": record.name, "text": record.getMessage()}
        if record.exc_info and record.exc_info[1]:
            fields["error"] = repr(record.exc_info[1])
        self._log.log(record.levelno, "library_logged", **fields)
