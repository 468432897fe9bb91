"""A fresh local chain for each test that asks for one, with a contract that writes logs."""

from collections.abc import AsyncIterator

import pytest

from keeper.devnet.anvil import Anvil
from tests.support.logging_chain import LOGGER, LOGGER_CODE


@pytest.fixture
async def chain() -> AsyncIterator[Anvil]:
    async with Anvil() as anvil:
        await anvil.rpc("anvil_setCode", LOGGER, LOGGER_CODE)
        yield anvil
