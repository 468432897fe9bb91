"""One world a protocol for the process, undone after every test."""

from collections.abc import Iterator

import pytest

from tests.protocols.bend_world import BendWorld, bend_world


@pytest.fixture(scope="session")
def _bend() -> Iterator[BendWorld]:
    with bend_world() as world:
        yield world


@pytest.fixture(name="bend")
def _undone_bend(_bend: BendWorld) -> Iterator[BendWorld]:
    with _bend.chain.undone():
        yield _bend
