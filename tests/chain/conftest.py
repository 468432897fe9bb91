"""A fresh local chain for each test that asks for one."""

from collections.abc import AsyncIterator

import pytest

from keeper.devnet.anvil import Anvil


@pytest.fixture
async def chain() -> AsyncIterator[Anvil]:
    async with Anvil() as anvil:
        yield anvil
