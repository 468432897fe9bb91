"""The engine's ground, and a ledger that has to be in order at the end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from keeper.ledger import Ledger
from tests.support.ground import Ground, ground


@pytest.fixture
async def place() -> AsyncIterator[Ground]:
    async with ground() as opened:
        yield opened


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with Ledger.open(f"sqlite:///{tmp_path / 'keeper.db'}") as opened:
        await opened.begin_run("live", 31337, "test")
        yield opened
        assert await opened.verify() == []
