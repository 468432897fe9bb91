"""A scope of its own for each test: a registry, and a log that can be read."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from keeper.observe import make_scope, observing

Lines = Callable[[], list[dict[str, Any]]]
Sample = Callable[..., float | None]


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def registry(stream: io.StringIO) -> Iterator[CollectorRegistry]:
    """Events go here while the test runs."""
    registry = CollectorRegistry()
    with observing(make_scope(form="json", level="debug", stream=stream, registry=registry, chain="mainnet")):
        yield registry


@pytest.fixture
def lines(registry: CollectorRegistry, stream: io.StringIO) -> Lines:  # noqa: ARG001 - is set up first
    """The log so far."""
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def sample(registry: CollectorRegistry) -> Sample:
    """The value of one metric."""
    return lambda name, **labels: registry.get_sample_value(f"keeper_{name}", labels)
