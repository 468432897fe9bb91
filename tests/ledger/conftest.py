"""A ledger in a file of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from keeper.ledger import Ledger


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'keeper.db'}"


@pytest.fixture
async def ledger(url: str) -> AsyncIterator[Ledger]:
    async with Ledger.open(url, clock=lambda: 1_700_000_000.5) as opened:
        yield opened
        assert await opened.verify() == []
