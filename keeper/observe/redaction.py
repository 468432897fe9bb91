"""Nothing secret leaves in a log line: by the field's name, and by what a value looks like, whatever its name."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

HIDDEN = "[redacted]"

_SECRET_NAMES = re.compile(
    r"private|secret|password|passphrase|mnemonic|signature|signed|authorization|api[_-]?key|credential|\braw\b|raw_|_raw|^key$",
    re.IGNORECASE,
)
_URL = re.compile(r"\b([a-z][a-z0-9+.-]*)://[^\s\"'<>)\]]+", re.IGNORECASE)
_LONG_HEX = re.compile(r"(?:0x)?[0-9a-fA-F]{65,}")
_KEY_SIZED = re.compile(r"(?<![0-9a-zA-Z])(?:0x)?[0-9a-fA-F]{64}(?![0-9a-zA-Z])")
_NAMES_OF_HASHES = re.compile(r"hash|^plan$|^subject$|^transaction$|^place$|^order$|^block$")
"""The fields in which 32 bytes of hex are a hash or an id. Anywhere else they might be a key."""


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor."""
    return {name: clean(value, name) for name, value in event.items()}


def clean(value: Any, name: str = "") -> Any:  # noqa: ANN401 - log fields are anything
    """The value without what must not be seen."""
    if _SECRET_NAMES.search(name):
        return HIDDEN
    if isinstance(value, Mapping):
        return {_clean_text(str(inner), ""): clean(each, str(inner)) for inner, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(each, name) for each in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    if value is None or isinstance(value, bool | int | float):
        return value
    return _clean_text(str(value), name)


def _clean_text(text: str, name: str) -> str:
    text = _URL.sub(_origin, text)
    text = _LONG_HEX.sub(lambda match: f"[{len(match[0]) // 2} bytes of hex]", text)
    if _NAMES_OF_HASHES.search(name):
        return text
    return _KEY_SIZED.sub(HIDDEN, text)


def _origin(match: re.Match[str]) -> str:
    """Scheme, host and port: a path, a query or a user may be a provider's key."""
    try:
        parts = urlsplit(match[0])
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return f"{match[1]}://{HIDDEN}"
    rest = "/…" if parts.path.strip("/") or parts.query or parts.username else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{rest}"
