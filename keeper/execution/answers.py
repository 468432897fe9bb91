"""What relays answer, in all the shapes they do, as one of three outcomes.

``Accepted``    the relay has it (nothing is said about a simulation, let alone about landing)
``Refused``     the relay said no, and says why
``Unresolved``  nobody knows: a time-out, a cut connection, an answer that cannot be read. The bundle may land.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

_MARKUP = re.compile(r"<[^>]*>")
_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Accepted:
    """``bundle_hash`` as the relay returned it, and never recomputed; some return none."""

    bundle_hash: str | None
    result: Any = None


@dataclass(frozen=True, slots=True)
class Refused:
    code: str
    """``RELAY_FORBIDDEN``, ``RELAY_RATE_LIMITED``, ``RELAY_UNKNOWN_METHOD`` or ``RELAY_REFUSED``."""
    message: str
    after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Unresolved:
    code: str
    """``RELAY_TIMEOUT``, ``RELAY_CONNECTION``, ``RELAY_SERVER_ERROR`` or ``RELAY_UNREADABLE``."""
    message: str


Answer = Accepted | Refused | Unresolved


def understand(status: int, body: bytes, retry_after: str | None = None) -> Answer:
    """An HTTP answer of a relay, whatever its status, form and dialect."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _without_json(status, body, retry_after)
    if not isinstance(document, Mapping):
        return _without_json(status, body, retry_after)
    error = document.get("error")
    if error is None and "code" in document and "result" not in document:
        error = document  # an error object without an envelope
    if error:
        return _refusal(status, error, retry_after)
    if status >= 400 or "result" not in document:
        return _without_json(status, body, retry_after)
    return _acceptance(document["result"])


def _acceptance(result: object) -> Accepted:
    if isinstance(result, Mapping):
        bundle_hash = result.get("bundleHash")
        return Accepted(bundle_hash if isinstance(bundle_hash, str) else None, dict(result))
    return Accepted(result if isinstance(result, str) else None, result)


def _refusal(status: int, error: object, retry_after: str | None) -> Answer:
    code = error.get("code") if isinstance(error, Mapping) else None
    message = str(error.get("message", error) if isinstance(error, Mapping) else error)[:_LONGEST_TEXT]
    if status == 429 or "rate limit" in message.lower():
        return Refused("RELAY_RATE_LIMITED", message, _seconds(retry_after))
    if code == -32601:
        return Refused("RELAY_UNKNOWN_METHOD", message)
    if status == 403 or "signature" in message.lower():
        return Refused("RELAY_FORBIDDEN", message)
    if status >= 500 or "internal" in message.lower():
        return Unresolved("RELAY_SERVER_ERROR", message)
    return Refused("RELAY_REFUSED", message if code is None else f"{message} ({code})")


def _without_json(status: int, body: bytes, retry_after: str | None) -> Answer:
    text = f"HTTP {status}: {_text(body)}"
    if status == 429:
        return Refused("RELAY_RATE_LIMITED", text, _seconds(retry_after))
    if 400 <= status < 500:
        return Refused("RELAY_FORBIDDEN" if status in (401, 403) else "RELAY_REFUSED", text)
    return Unresolved("RELAY_SERVER_ERROR" if status >= 500 else "RELAY_UNREADABLE", text)


def _text(body: bytes) -> str:
    """A body for people: without markup, on one line, not long."""
    plain = _MARKUP.sub(" ", body[:4_000].decode(errors="replace"))
    return " ".join(plain.split())[:_LONGEST_TEXT] or "an empty body"


def _seconds(retry_after: str | None) -> float | None:
    try:
        return float(retry_after) if retry_after else None
    except ValueError:
        return None  # a date: the throttle's own pace has to do
