"""What relays answer in the wild, shape by shape, and what it means."""

import pytest

from keeper.execution.answers import Accepted, Refused, Unresolved, understand

HASH = "0x" + "ab" * 32

TABLE = [
    ("the Flashbots relay accepts", 200, b'{"jsonrpc":"2.0","id":1,"result":{"bundleHash":"%s"}}', Accepted, HASH),
    ("Titan accepts beside a null error", 200, b'{"result":{"bundleHash":"%s"},"error":null,"id":1}', Accepted, HASH),
    ("a bare hash is an acceptance", 200, b'{"id":1,"result":"%s"}', Accepted, HASH),
    ("a null result is one without a hash", 200, b'{"jsonrpc":"2.0","id":1,"result":null}', Accepted, None),
    ("Titan's cancel answers 200", 200, b'{"result":200,"error":null,"id":1}', Accepted, None),
    ("an error without code, HTTP 403", 403, b'{"error":{"message":"missing X-Flashbots-Signature header"}}', Refused, "RELAY_FORBIDDEN"),
    ("an error that is a string", 200, b'{"error":"error in signature check"}', Refused, "RELAY_FORBIDDEN"),
    ("an error without an envelope", 200, b'{"code":-32000,"message":"internal server error"}', Unresolved, "RELAY_SERVER_ERROR"),
    ("unknown method, HTTP 404", 404, b'{"error":{"code":-32601,"message":"Method not found: eth_callBundle"}}', Refused, "RELAY_UNKNOWN_METHOD"),
    ("invalid params", 400, b'{"error":{"code":-32602,"message":"Invalid params"}}', Refused, "RELAY_REFUSED"),
    ("a rate limit as JSON", 429, b'{"error":{"code":-32603,"message":"Rate limited"}}', Refused, "RELAY_RATE_LIMITED"),
    ("a rate limit as text", 429, b"slow down", Refused, "RELAY_RATE_LIMITED"),
    ("a forbidden page", 403, b"<html><body><h1>403 Forbidden</h1></body></html>", Refused, "RELAY_FORBIDDEN"),
    ("an HTML page with a good status", 200, b"<html><body>Welcome</body></html>", Unresolved, "RELAY_UNREADABLE"),
    ("a gateway's error page", 502, b"<html><body>Bad gateway</body></html>", Unresolved, "RELAY_SERVER_ERROR"),
    ("nothing at all", 200, b"", Unresolved, "RELAY_UNREADABLE"),
    ("neither result nor error", 200, b'{"jsonrpc":"2.0","id":1}', Unresolved, "RELAY_UNREADABLE"),
    ("an internal error after acceptance may have landed", 500, b'{"error":{"code":-32603,"message":"Internal error"}}', Unresolved, "RELAY_SERVER_ERROR"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "kind", "detail"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_an_answer_means(status: int, body: bytes, kind: type, detail: str | None) -> None:
    answer = understand(status, body.replace(b"%s", HASH.encode()))
    assert isinstance(answer, kind)
    if isinstance(answer, Accepted):
        assert answer.bundle_hash == detail
    else:
        assert answer.code == detail


def test_a_retry_after_header_is_kept() -> None:
    answer = understand(429, b"slow down", "7")
    assert isinstance(answer, Refused)
    assert answer.after_seconds == 7.0


def test_a_page_is_told_as_one_short_line_without_markup() -> None:
    answer = understand(502, b"<html>\n<h1>Bad</h1>\n<p>gateway</p>" + b" x" * 5_000)
    assert isinstance(answer, Unresolved)
    assert answer.message.startswith("HTTP 502: Bad gateway")
    assert len(answer.message) < 230
