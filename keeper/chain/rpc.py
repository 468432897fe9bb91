"""What every JSON-RPC client has in common: endpoints, errors by kind, the client's shape.

NodeUnavailable (RetryLater)   no usable answer: RPC_TIMEOUT, RPC_CONNECTION, RPC_RATE_LIMITED, RPC_HTTP_STATUS,
                               RPC_NOT_JSON, RPC_MALFORMED; whether the request was carried out is unknown
RpcRefused (SkipItem)          the node answered with an error object: RPC_REFUSED
ConfigError RPC_WRONG_CHAIN    the node is on another chain
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import orjson

from keeper.domain.errors import ConfigError, RetryLater, SkipItem

_RATE_CODES = frozenset({429, -32005, -32097})
_RATE_WORDS = re.compile(r"rate.?limit|too many requests|throughput|capacity exceeded|quota", re.IGNORECASE)

JsonValue = Any
"""Decoded JSON; the wire module turns it into nouns and checks it on the way."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a node is and how it may be used. ``url`` may hold a key and is never printed; ``label`` may be."""

    url: str = field(repr=False)
    requests_per_second: float | None = None
    timeout_seconds: float = 10.0
    chain_id: int | None = None
    """The chain the node has to be on; asked at each connection."""
    batch_size: int = 100

    def __post_init__(self) -> None:
        """Raise ``ConfigError`` unless the URL is one that the clients can use."""
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https", "ws", "wss"} or not parts.hostname:
            raise ConfigError("RPC_URL", f"{self.label} is not an http(s):// or ws(s):// address", "correct the URL")

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Scheme, host and port: all of the URL that is shown."""
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}" if host else "an endpoint"

    def redact(self, text: str) -> str:
        """``text`` without whatever part of the URL might be a key."""
        parts = urlsplit(self.url)
        text = text.replace(self.url, self.label)
        secrets = [parts.password or "", *re.split(r"[/?&=]", f"{parts.path}?{parts.query}")]
        for secret in sorted(filter(lambda part: len(part) > 6, secrets), key=len, reverse=True):
            text = text.replace(secret, "…")
        return text


class NodeUnavailable(RetryLater):
    """No usable answer came; what became of the request is not known."""


class RpcRefused(SkipItem):
    """The node answered with an error. ``data`` is its hex data as bytes, where it gave any."""

    def __init__(self, message: str, rpc_code: int, data: bytes) -> None:
        super().__init__("RPC_REFUSED", message)
        self.rpc_code = rpc_code
        self.data = data


def unavailable(endpoint: Endpoint, kind: str, what: str, *, after_seconds: float | None = None) -> NodeUnavailable:
    """The error of ``kind`` (``TIMEOUT``, ``CONNECTION``, …) at an endpoint, with nothing secret in it."""
    return NodeUnavailable(
        f"RPC_{kind}",
        f"{endpoint.label}: {endpoint.redact(what)}",
        "tried again by itself; if it stays, look at the node or its provider",
        after_seconds=after_seconds,
    )


def check_chain(endpoint: Endpoint, answer: JsonValue) -> None:
    """Raise ``ConfigError`` unless the answer to ``eth_chainId`` is the chain that was configured."""
    try:
        found = int(answer, 16)
    except (TypeError, ValueError):
        raise unavailable(endpoint, "MALFORMED", "eth_chainId answered no number") from None
    if endpoint.chain_id is not None and found != endpoint.chain_id:
        raise ConfigError(
            "RPC_WRONG_CHAIN",
            f"{endpoint.label} is on chain {found}, not {endpoint.chain_id}",
            "point the chain's configuration at a node of that chain",
        )


def encode_request(request_id: int, method: str, params: Sequence[Any]) -> bytes:
    """One request as JSON bytes."""
    return orjson.dumps(request_body(request_id, method, params), default=_plain)


def request_body(request_id: int, method: str, params: Sequence[Any]) -> dict[str, Any]:
    """One request as a dictionary, for batches."""
    return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}


def encode_batch(bodies: Sequence[dict[str, Any]]) -> bytes:
    """A batch as JSON bytes."""
    return orjson.dumps(bodies, default=_plain)


def _plain(value: object) -> object:
    """Bytes and web3's mappings, which orjson does not know."""
    if isinstance(value, bytes | bytearray):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def result_of(endpoint: Endpoint, reply: Mapping[str, Any]) -> JsonValue:
    """The result in a reply; raises ``RpcRefused`` or, for limits and malformed replies, ``NodeUnavailable``.

    ``"error": null`` beside a result, as some nodes send it, is a result.
    """
    error = reply.get("error")
    if error is None:
        if "result" not in reply:
            raise unavailable(endpoint, "MALFORMED", "a reply with neither result nor error")
        return reply["result"]
    code, message, data = _error_parts(error)
    if code in _RATE_CODES or _RATE_WORDS.search(message):
        raise unavailable(endpoint, "RATE_LIMITED", f"{message} ({code})")
    raise RpcRefused(endpoint.redact(f"{endpoint.label}: {message} ({code})"), code, data)


def _error_parts(error: object) -> tuple[int, str, bytes]:
    if not isinstance(error, Mapping):
        return 0, str(error), b""
    code = error.get("code")
    data = error.get("data")
    if isinstance(data, Mapping):  # some nodes wrap it: {"data": "0x…", "message": …}
        data = data.get("data")
    if isinstance(data, str):
        data = data.removeprefix("Reverted ")  # how Parity and its heirs write it
    raw = b""
    if isinstance(data, str) and data.startswith("0x"):
        try:
            raw = bytes.fromhex(data[2:])
        except ValueError:
            raw = b""
    return code if isinstance(code, int) else 0, str(error.get("message", "no message")), raw


class RpcClient(Protocol):
    """A connection to one node. Calls raise ``NodeUnavailable`` or ``RpcRefused``; they never answer emptily."""

    @property
    def endpoint(self) -> Endpoint:
        """The node it talks to."""
        ...

    async def call(self, method: str, *params: Any, timeout_seconds: float | None = None) -> JsonValue:  # noqa: ANN401 - JSON
        """The result of one request."""
        ...

    async def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[JsonValue | RpcRefused]:
        """The results of several requests, in order; an error answer takes its request's place."""
        ...

    async def __aenter__(self) -> Self:
        """Connect and check the chain."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        ...
