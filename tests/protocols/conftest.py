"""One world a protocol for the process, undone after every test."""

from collections.abc import Iterator

import pytest

from tests.protocols.bend_world import BendWorld, bend_world
from tests.protocols.para_world import ParaWorld, para_world


@pytest.fixture(scope="session")
def _bend() -> Iterator[BendWorld]:
    with bend_world() as world:
        yield world


@pytest.fixture(name="bend")
def _undone_bend(_bend: BendWorld) -> Iterator[BendWorld]:
    with _bend.chain.undone():
        yield _bend


@pytest.fixture(scope="session")
def _para() -> Iterator[ParaWorld]:
    with para_world() as world:
        yield world


@pytest.fixture(name="para")
def _undone_para(_para: ParaWorld) -> Iterator[ParaWorld]:
    with _para.chain.undone():
        yield _para
