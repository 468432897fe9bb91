"""One chain for the process, undone after every test."""

from collections.abc import Iterator

import pytest

from tests.execution.contracts.world import BUILDER, World, world


@pytest.fixture(scope="session")
def _prepared() -> Iterator[World]:
    with world() as prepared:
        yield prepared


@pytest.fixture(name="world")
def _world(_prepared: World) -> Iterator[World]:
    _prepared.chain.rpc("anvil_setCoinbase", BUILDER)  # no part of the state that a snapshot restores
    with _prepared.chain.undone():
        yield _prepared
