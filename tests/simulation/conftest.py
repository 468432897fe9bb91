"""The ladder's ground: a real chain, a real executor, a real relay."""

from collections.abc import AsyncIterator

import pytest

from tests.support.ground import Ground, ground


@pytest.fixture
async def place() -> AsyncIterator[Ground]:
    async with ground() as opened:
        yield opened
