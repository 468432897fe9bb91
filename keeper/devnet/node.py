"""JSON-RPC to the local chain: calls and batches over kept-alive HTTP; a refusal says what was refused."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

from keeper.domain.errors import RetryLater, SkipItem, StopProcess

Json = Any
"""A JSON value, as ``orjson`` reads and writes it."""

_TIMEOUT = aiohttp.ClientTimeout(total=120)
_HEADERS = {"Content-Type": "application/json"}


class NodeUnreachable(RetryLater):
    """No answer, or one that is no JSON-RPC: ``DEVNET_NODE_UNREACHABLE``."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__("DEVNET_NODE_UNREACHABLE", f"no answer from {url}: {why}", "is the local chain running?")


class NodeRefused(SkipItem):
    """The node's own error to one call: ``DEVNET_NODE_REFUSED``."""

    def __init__(self, method: str, error: dict[str, Json]) -> None:
        self.rpc_code = error.get("code")
        self.rpc_message = str(error.get("message"))
        self.data = error.get("data")
        """What a call reverted with, as hex, where the node tells."""
        detail = f", data {self.data}" if self.data else ""
        super().__init__("DEVNET_NODE_REFUSED", f"{method}: {self.rpc_message} ({self.rpc_code}{detail})")


class NodeRpc:
    """The client; use as an async context manager."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session: aiohttp.ClientSession | None = None
        self._next_id = 0

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=_TIMEOUT, headers=_HEADERS)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def call(self, method: str, *params: Json) -> Json:
        """One call's result. Raises ``NodeRefused`` or ``NodeUnreachable``."""
        answer = await self._post(self._request(method, params))
        if not isinstance(answer, dict):
            raise NodeUnreachable(self.url, f"{method} was answered with {str(answer)[:200]}")
        return self._result(method, answer)

    async def batch(self, calls: Sequence[tuple[str, Sequence[Json]]]) -> list[Json]:
        """The results of several calls in one request, in their order; raises at the first that failed."""
        if not calls:
            return []
        requests = [self._request(method, params) for method, params in calls]
        answers = await self._post(requests)
        if not isinstance(answers, list) or len(answers) != len(calls):
            raise NodeUnreachable(self.url, f"a batch was answered with {str(answers)[:200]}")
        by_id = {answer["id"]: answer for answer in answers}
        return [
            self._result(method, by_id[request["id"]]) for (method, _), request in zip(calls, requests, strict=True)
        ]

    def _request(self, method: str, params: Sequence[Json]) -> dict[str, Json]:
        self._next_id += 1
        return {"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": list(params)}

    @staticmethod
    def _result(method: str, answer: dict[str, Json]) -> Json:
        if error := answer.get("error"):
            raise NodeRefused(method, error)
        return answer.get("result")

    async def _post(self, payload: object) -> Json:
        if self._session is None:
            raise StopProcess("DEVNET_NODE_CLOSED", f"no connection to {self.url}", "use it inside its context")
        try:
            async with self._session.post(self.url, data=orjson.dumps(payload)) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NodeUnreachable(self.url, str(error) or type(error).__name__) from error
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise NodeUnreachable(self.url, f"HTTP {response.status}, {body[:200]!r}") from error
