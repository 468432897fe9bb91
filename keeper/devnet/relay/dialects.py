"""How different servers say the same thing: the shapes of answers and of errors that clients meet in the wild."""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from keeper.devnet.node import Json
from keeper.domain.units import Hash32


class Dialect(StrEnum):
    """Whose habits the server has."""

    FLASHBOTS = "flashbots"
    """JSON-RPC 2.0, errors with codes under HTTP 200."""
    TITAN = "titan"
    """No ``jsonrpc``, ``"error": null`` beside a result, no signature needed, any text as uuid."""
    BUILDERNET = "buildernet"
    """An opaque bundle hash with the time of receipt, HTTP status codes, only ``eth_sendBundle``."""
    LEGACY = "legacy"
    """The relay of 2021: errors without code and id, 403 for signatures."""
    NULL = "null"
    """A builder without a proxy: the result is null, and so is every error."""


class Fault(Enum):
    """What can be wrong with a server, whatever was asked."""

    NONE = auto()
    FORBIDDEN = auto()
    """HTTP 403 with a text."""
    RATE_LIMITED = auto()
    """HTTP 429 with ``Retry-After``."""
    HTML = auto()
    """HTTP 502 with the page of some proxy."""
    RESET = auto()
    """The connection is reset before an answer."""
    HANG = auto()
    """No answer, and the request is not looked at."""
    ACCEPT_THEN_HANG = auto()
    """The request is carried out; only its answer never comes."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a server behaves at the moment."""

    dialect: Dialect = Dialect.FLASHBOTS
    fault: Fault = Fault.NONE
    latency_seconds: float = 0.0
    """Waited before every answer."""
    retry_after_seconds: int = 1


class RefusalKind(Enum):
    """What was wrong with a request, from the outside inwards."""

    SIGNATURE = auto()
    PARSE = auto()
    REQUEST = auto()
    METHOD = auto()
    PARAMS = auto()
    EXECUTION = auto()


class Refusal(Exception):
    """A request that is answered with an error; the message is what a relay with texts says."""

    def __init__(self, kind: RefusalKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


_CODES = {
    RefusalKind.SIGNATURE: -32600,
    RefusalKind.PARSE: -32700,
    RefusalKind.REQUEST: -32600,
    RefusalKind.METHOD: -32601,
    RefusalKind.PARAMS: -32602,
    RefusalKind.EXECUTION: -32000,
}
_BUILDERNET = {
    RefusalKind.SIGNATURE: (400, -32603, "Invalid signature"),
    RefusalKind.PARSE: (400, -32700, "Parse error"),
    RefusalKind.REQUEST: (400, -32600, "Invalid Request"),
    RefusalKind.METHOD: (404, -32601, "Method not found"),
    RefusalKind.PARAMS: (400, -32602, "Invalid params"),
    RefusalKind.EXECUTION: (500, -32603, "Internal error"),
}
_LEGACY_STATUS = {RefusalKind.SIGNATURE: 403, RefusalKind.EXECUTION: 500}


def result_body(dialect: Dialect, request_id: Json, result: Json) -> Json:
    """The body of a success."""
    if dialect is Dialect.TITAN:
        return {"result": result, "error": None, "id": request_id}
    if dialect is Dialect.NULL:
        result = None
    return {"jsonrpc": "2.0", "id": request_id, "result": result}


def error_answer(dialect: Dialect, request_id: Json, refusal: Refusal) -> tuple[int, Json]:
    """HTTP status and body of a refusal."""
    error = {"code": _CODES[refusal.kind], "message": refusal.message}
    match dialect:
        case Dialect.FLASHBOTS:
            return 200, {"jsonrpc": "2.0", "id": request_id, "error": error}
        case Dialect.TITAN:
            return 200, {"result": None, "error": error, "id": request_id}
        case Dialect.LEGACY:
            return _LEGACY_STATUS.get(refusal.kind, 400), {"error": {"message": refusal.message}}
        case Dialect.NULL:
            return 200, {"jsonrpc": "2.0", "id": request_id, "result": None}
        case Dialect.BUILDERNET:
            status, code, message = _BUILDERNET[refusal.kind]
            return status, {
                "jsonrpc": "2.0",
                "id": request_id,
                "error": {"code": code, "message": message},
            }


def bundle_accepted(dialect: Dialect, bundle_hash: Hash32, opaque: Hash32, received_ms: float) -> Json:
    """The result of ``eth_sendBundle``; BuilderNet's hash is its own and cannot be recomputed."""
    if dialect is Dialect.BUILDERNET:
        return {"bundleHash": opaque, "receivedTimestampMs": received_ms}
    return {"bundleHash": bundle_hash}


def cancelled(dialect: Dialect, bundle_hashes: list[Hash32]) -> Json:
    """The result of ``eth_cancelBundle``."""
    return 200 if dialect is Dialect.TITAN else bundle_hashes
