"""JSON-RPC over HTTP: one keep-alive session, single requests and batches, failures told apart."""

import itertools
from collections.abc import Sequence
from typing import Any, Self

import aiohttp
import orjson

from keeper.chain.limits import Limiter
from keeper.chain.rpc import (
    Endpoint,
    JsonValue,
    RpcRefused,
    check_chain,
    encode_batch,
    encode_request,
    request_body,
    result_of,
    unavailable,
)

_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


class HttpClient:
    """``async with HttpClient(endpoint) as client``. See ``RpcClient`` for what its calls raise."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._ids = itertools.count(1)
        self._limiter = Limiter(endpoint)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit_per_host=16, keepalive_timeout=75, ttl_dns_cache=300)
        self._session = aiohttp.ClientSession(connector=connector, headers=_HEADERS)
        if self.endpoint.chain_id is not None:
            try:
                check_chain(self.endpoint, await self.call("eth_chainId"))
            except BaseException:
                await self._session.close()
                raise
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def call(self, method: str, *params: Any, timeout_seconds: float | None = None) -> JsonValue:  # noqa: ANN401 - JSON
        """The result of one request."""
        request_id = next(self._ids)
        async with self._limiter.one():
            reply = await self._post(encode_request(request_id, method, params), timeout_seconds)
        if not isinstance(reply, dict):
            raise unavailable(self.endpoint, "MALFORMED", f"{method} answered {type(reply).__name__}")
        return result_of(self.endpoint, reply)

    async def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[JsonValue | RpcRefused]:
        """The results in order, in as few HTTP requests as the endpoint's batch size allows."""
        results: list[JsonValue | RpcRefused] = []
        size = self.endpoint.batch_size
        for start in range(0, len(calls), size):
            results += await self._batch(calls[start : start + size])
        return results

    async def _batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[JsonValue | RpcRefused]:
        bodies = [request_body(next(self._ids), method, params) for method, params in calls]
        async with self._limiter.one():
            replies = await self._post(encode_batch(bodies), None)
        if isinstance(replies, dict):
            result_of(self.endpoint, replies)  # raises what the node says about the batch as a whole
        if not isinstance(replies, list):
            raise unavailable(self.endpoint, "MALFORMED", "a batch was not answered by a list")
        by_id = {reply.get("id"): reply for reply in replies if isinstance(reply, dict)}
        results: list[JsonValue | RpcRefused] = []
        for body in bodies:
            reply = by_id.get(body["id"])
            if reply is None:
                raise unavailable(self.endpoint, "MALFORMED", f"{body['method']} is missing in a batch's answer")
            try:
                results.append(result_of(self.endpoint, reply))
            except RpcRefused as refused:
                results.append(refused)
        return results

    async def _post(self, body: bytes, timeout_seconds: float | None) -> JsonValue:
        if self._session is None:
            raise unavailable(self.endpoint, "CONNECTION", "the client is not open")
        limit = aiohttp.ClientTimeout(total=timeout_seconds or self.endpoint.timeout_seconds)
        try:
            async with self._session.post(self.endpoint.url, data=body, timeout=limit) as response:
                text = await response.read()
        except TimeoutError:
            raise unavailable(self.endpoint, "TIMEOUT", f"no answer in {limit.total} s") from None
        except (aiohttp.ClientError, OSError) as error:
            # Not chained: aiohttp's texts hold the whole URL, and with it a key.
            raise unavailable(self.endpoint, "CONNECTION", f"{type(error).__name__}") from None
        return self._parsed(response, text)

    def _parsed(self, response: aiohttp.ClientResponse, text: bytes) -> JsonValue:
        try:
            reply = orjson.loads(text)
        except orjson.JSONDecodeError:
            reply = None
        if response.status == 429:
            after = retry_after(response.headers.get("Retry-After"))
            raise unavailable(self.endpoint, "RATE_LIMITED", "HTTP 429", after_seconds=after)
        if response.status >= 400 and not (isinstance(reply, dict) and reply.get("error") is not None):
            raise unavailable(self.endpoint, "HTTP_STATUS", f"HTTP {response.status}")
        if reply is None and text.strip() != b"null":
            kind = response.content_type
            raise unavailable(self.endpoint, "NOT_JSON", f"HTTP {response.status} with {kind}, {len(text)} bytes")
        return reply


def retry_after(header: str | None) -> float | None:
    """Seconds in a ``Retry-After`` header; its date form is ignored, for clocks disagree."""
    try:
        return max(0.0, float(header)) if header is not None else None
    except ValueError:
        return None
