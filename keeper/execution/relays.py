"""Relays: where bundles go. Requests are encoded and signed as Flashbots wants it, and sent by one aiohttp session."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from asyncio_throttle.throttler import Throttler
from flashbots.provider import FlashbotProvider
from web3.types import RPCEndpoint

from keeper.chain.signer import LocalSigner
from keeper.execution.answers import Answer, Refused, Unresolved, understand

_RETRY_INTERVAL_SECONDS = 0.002


class CancelStyle(StrEnum):
    """How a relay lets a bundle be taken back."""

    METHOD = "method"
    EMPTY_BUNDLE = "empty_bundle"


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """One relay. ``simulates``: whether it offers ``eth_callBundle``. The rates are its own published limits."""

    name: str
    url: str = field(repr=False)
    cancel: CancelStyle = CancelStyle.METHOD
    simulates: bool = False
    timeout_seconds: float = 1.5
    bundles_per_minute: int = 1_800
    simulations_per_minute: int = 300
    verify_tls: bool = True

    @property
    def label(self) -> str:
        """All of it that is shown: a URL may hold a key."""
        return f"{self.name} ({urlsplit(self.url).hostname})"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Signed transactions for one block. ``replacement_uuid`` is the plan's: a later bundle under it takes its place."""

    transactions: tuple[bytes, ...]
    target_block: int
    replacement_uuid: str

    def body(self) -> dict[str, Any]:
        """The parameters of ``eth_sendBundle``: only fields that every relay knows, none of them empty."""
        return {
            "txs": ["0x" + raw.hex() for raw in self.transactions],
            "blockNumber": hex(self.target_block),
            "revertingTxHashes": [],
            "replacementUuid": self.replacement_uuid,
        }


class SignedRequests:
    """Encodes a request and signs its exact bytes; equal requests to several relays share one signature."""

    def __init__(self, auth: LocalSigner) -> None:
        self._provider = FlashbotProvider(auth.lend_account(), "http://localhost")

    def make(self, method: str, params: Sequence[Any]) -> tuple[bytes, dict[str, str]]:
        """Body and headers."""
        body: bytes = self._provider.encode_rpc_request(RPCEndpoint(method), list(params))
        signature: Mapping[str, str] = self._provider._get_flashbots_headers(body)  # noqa: SLF001 - pinned, and checked by vectors
        return body, {"Content-Type": "application/json", **signature}


class Relay:
    """One relay over a shared session. No method raises for what the relay does: all of it is an ``Answer``."""

    def __init__(self, settings: RelaySettings, session: aiohttp.ClientSession) -> None:
        self.settings = settings
        self._session = session
        self._bundles = Throttler(settings.bundles_per_minute, 60.0, _RETRY_INTERVAL_SECONDS)
        self._simulations = Throttler(settings.simulations_per_minute, 60.0, _RETRY_INTERVAL_SECONDS)

    async def send(self, request: tuple[bytes, dict[str, str]]) -> Answer:
        """Hand over a signed ``eth_sendBundle``, ``eth_cancelBundle`` or private transaction."""
        return await self._post(request, self._bundles)

    async def simulate(self, request: tuple[bytes, dict[str, str]]) -> Answer:
        """A signed ``eth_callBundle``."""
        return await self._post(request, self._simulations)

    async def _post(self, request: tuple[bytes, dict[str, str]], throttle: Throttler) -> Answer:
        body, headers = request
        timeout = aiohttp.ClientTimeout(total=self.settings.timeout_seconds)
        try:
            async with asyncio.timeout(self.settings.timeout_seconds), throttle:
                pass
        except TimeoutError:
            return Refused("RELAY_RATE_LIMITED", "our own limit for it is used up; it was not sent")
        try:
            async with self._session.post(
                self.settings.url, data=body, headers=headers, timeout=timeout, ssl=self.settings.verify_tls
            ) as response:
                return understand(response.status, await response.read(), response.headers.get("Retry-After"))
        except TimeoutError:
            return Unresolved("RELAY_TIMEOUT", f"no answer within {self.settings.timeout_seconds} s; it may have it")
        except aiohttp.ClientConnectorError as error:
            return Refused("RELAY_UNREACHABLE", f"no connection: {type(error).__name__}; it was not sent")
        except aiohttp.ClientError as error:
            return Unresolved("RELAY_CONNECTION", f"{type(error).__name__}; it may have it")


def call_bundle_params(transactions: Sequence[bytes], block: int, parent: int, timestamp: int) -> dict[str, Any]:
    """The parameters of ``eth_callBundle`` for a block that is still to come, on the state of its parent."""
    return {
        "txs": ["0x" + raw.hex() for raw in transactions],
        "blockNumber": hex(block),
        "stateBlockNumber": hex(parent),
        "timestamp": timestamp,
    }


def cancel_request(style: CancelStyle, replacement_uuid: str) -> tuple[str, dict[str, Any]]:
    """Method and parameters by which a relay of this style is asked to forget a bundle."""
    if style is CancelStyle.EMPTY_BUNDLE:
        return "eth_sendBundle", {"txs": [], "replacementUuid": replacement_uuid}
    return "eth_cancelBundle", {"replacementUuid": replacement_uuid}


def open_session() -> aiohttp.ClientSession:
    """The session that all relays share: few connections, kept warm."""
    connector = aiohttp.TCPConnector(limit_per_host=8, keepalive_timeout=75, ttl_dns_cache=300)
    return aiohttp.ClientSession(connector=connector)
