"""Seaport on a local chain, one for the process, undone after every test."""

from collections.abc import Iterator

import pytest

from tests.execution.contracts.chain import local_chain
from tests.support.seaport import SeaportWorld, deploy_seaport


@pytest.fixture(scope="session")
def _prepared() -> Iterator[SeaportWorld]:
    with local_chain() as chain:
        yield deploy_seaport(chain)


@pytest.fixture(name="world")
def _world(_prepared: SeaportWorld) -> Iterator[SeaportWorld]:
    with _prepared.chain.undone():
        yield _prepared.followed()
