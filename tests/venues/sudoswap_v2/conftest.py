"""Sudoswap v2 on a local chain, one for the process, undone after every test."""

from collections.abc import Iterator

import pytest

from tests.execution.contracts.chain import local_chain
from tests.support.sudoswap import Sudoswap, deploy_sudoswap


@pytest.fixture(scope="session")
def _prepared() -> Iterator[Sudoswap]:
    with local_chain() as chain:
        yield deploy_sudoswap(chain)


@pytest.fixture(name="sudoswap")
def _sudoswap(_prepared: Sudoswap) -> Iterator[Sudoswap]:
    with _prepared.chain.undone():
        yield _prepared.followed()
