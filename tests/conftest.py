"""What many tests share: a local chain, and a relay on one that mines only what the relay builds."""

from collections.abc import AsyncIterator

import pytest

from keeper.devnet.anvil import Anvil, AnvilOptions
from keeper.devnet.relay import Relay
from keeper.domain.units import ETHER, Address, Wei
from tests.support.relay_client import RelayClient
from tests.support.wallets import wallet

COINBASE = Address("0x" + "c0" * 20)


@pytest.fixture
async def anvil() -> AsyncIterator[Anvil]:
    """A chain that mines every transaction at once."""
    async with Anvil() as chain:
        yield chain


@pytest.fixture
async def relay_chain() -> AsyncIterator[Anvil]:
    """The chain behind ``relay``; its coinbase is a funded account, as a builder's is."""
    async with Anvil(AnvilOptions(mining=False, timestamp=1_700_000_000)) as chain:
        await chain.set_balance(COINBASE, Wei(ETHER))
        yield chain


@pytest.fixture
async def relay(relay_chain: Anvil) -> AsyncIterator[Relay]:
    """A relay that builds a block whenever ``build_block`` is called."""
    async with Relay(relay_chain.url, coinbase=COINBASE) as relay:
        yield relay


@pytest.fixture
def relay_client(relay: Relay) -> RelayClient:
    """A searcher's connection to ``relay``, signing with an account of its own."""
    return RelayClient(relay.url, wallet(4))
