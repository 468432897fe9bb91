"""A client of the relay with nothing in between: the HTTP answer as it came."""

from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from tests.support.wallets import Signed, Wallet


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.text)


@dataclass(frozen=True, slots=True)
class RelayClient:
    """Signs with ``signer`` and posts to ``url``."""

    url: str
    signer: Wallet

    async def post(self, body: bytes, headers: dict[str, str], *, seconds: float = 10) -> Reply:
        timeout = aiohttp.ClientTimeout(total=seconds)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(self.url, data=body, headers=headers) as response,
        ):
            return Reply(response.status, dict(response.headers), await response.text())

    async def send(self, method: str, *params: Any, seconds: float = 10) -> Reply:
        body = orjson.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
        header = {"X-Flashbots-Signature": self.signer.relay_header(body)}
        return await self.post(body, header, seconds=seconds)

    async def call(self, method: str, *params: Any) -> Any:
        """The result of a call that has to succeed."""
        reply = await self.send(method, *params)
        assert reply.status == 200, reply.text
        assert not reply.json.get("error"), reply.text
        return reply.json["result"]

    async def send_bundle(self, txs: list[Signed], block: int, **more: Any) -> Any:
        """``eth_sendBundle`` as a keeper sends it; returns the bundle's hash."""
        fields = {"txs": [tx.hex for tx in txs], "blockNumber": hex(block), "revertingTxHashes": [], **more}
        return (await self.call("eth_sendBundle", fields))["bundleHash"]
