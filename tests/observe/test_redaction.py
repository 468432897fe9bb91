"""No key, raw transaction, signature or full URL leaves in a log line, whatever field it was put into."""

import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper import observe
from keeper.observe import make_scope
from keeper.observe.redaction import HIDDEN, clean

KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
RAW = "0x02f8" + "5c" * 200


@pytest.mark.parametrize("text", [KEY, "0x" + KEY, f"key {KEY}!", f"0x{KEY.upper()}", RAW, RAW[2:], f"sent {RAW}, ok"])
@pytest.mark.parametrize("name", ["detail", "error", "anything"])
def test_what_looks_like_a_key_or_a_transaction_is_hidden(name: str, text: str) -> None:
    shown = clean(text, name)
    assert KEY not in shown.lower()
    assert "5c5c5c5c" not in shown


@pytest.mark.parametrize(
    "name",
    ["private_key", "raw", "raw_transaction", "signature", "password", "auth_secret", "X-Api-Key", "Authorization"],
)
def test_what_is_called_a_secret_is_hidden_whatever_it_looks_like(name: str) -> None:
    assert clean("hunter2", name) == HIDDEN
    assert clean({name: b"\x01"}, "numbers") == {name: HIDDEN}
    assert KEY not in str(clean({KEY: 1}, "numbers"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://node.example/v2/KEY", "https://node.example/…"),
        ("cannot reach wss://user:KEY@node.example:8546/", "cannot reach wss://node.example:8546/…"),
        ("(https://node.example?key=KEY)", "(https://node.example/…)"),
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
        ("postgresql://me:KEY@db:99999999/x", "postgresql://[redacted]"),
    ],
)
def test_a_url_keeps_scheme_and_host_only(url: str, shown: str) -> None:
    assert clean(url, "error") == shown


def test_hashes_stay_where_a_hash_is_meant() -> None:
    for name in ("tx_hash", "block_hash", "plan", "subject"):
        assert clean("0x" + KEY, name) == "0x" + KEY
        assert clean(RAW, name) != RAW


@given(
    st.recursive(
        st.text() | st.integers() | st.binary() | st.just("0x" + KEY) | st.just(RAW),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_nesting_hides_a_secret_from_redaction(value: Any) -> None:
    assert KEY not in str(clean(value, "numbers"))


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """The root logger, put back as it was."""
    root = logging.getLogger()
    before = root.handlers, root.level
    yield root
    root.handlers, root.level = before


def test_libraries_own_warnings_are_redacted_too(
    root_logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    with observe.observing(make_scope()):
        observe.configure(form="json", level="info")
        logging.getLogger("some.library").warning("failed: %s", "https://node.example/v2/SECRET")
        logging.getLogger("some.library").info("not told")
        logging.getLogger("some.library").error("bad", exc_info=ValueError("0x" + KEY))
    text = capsys.readouterr().err
    assert root_logger.handlers
    assert '"library": "some.library"' in text
    assert "SECRET" not in text
    assert KEY not in text
    assert "not told" not in text


def test_the_console_form_is_redacted_as_well() -> None:
    stream = io.StringIO()
    with observe.observing(make_scope(form="console", stream=stream)):
        observe.keeper_stopped(f"https://node.example/SECRET {KEY}")
    assert "keeper_stopped" in stream.getvalue()
    assert "SECRET" not in stream.getvalue()
    assert KEY not in stream.getvalue()


def test_scopes_do_not_see_each_other(registry: object, lines: Callable[[], list[dict[str, Any]]]) -> None:
    assert registry is not None
    with observe.observing(make_scope(stream=io.StringIO())) as other:
        observe.gap_filled(1, 5, "start")
        assert other.registry.get_sample_value("keeper_gap_blocks_total", {"chain": "", "cause": "start"}) == 5
    assert lines() == []


def test_an_unknown_format_is_an_error_of_ours() -> None:
    with pytest.raises(ValueError, match="unknown log format"):
        make_scope(form="xml")
