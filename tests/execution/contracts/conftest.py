"""One chain for the process, undone after every test."""

from collections.abc import Iterator

import pytest

from tests.execution.contracts.world import World, world


@pytest.fixture(scope="session")
def _prepared() -> Iterator[World]:
    with world() as prepared:
        yield prepared


@pytest.fixture(name="world")
def _world(_prepared: World) -> Iterator[World]:
    with _prepared.chain.undone():
        yield _prepared
