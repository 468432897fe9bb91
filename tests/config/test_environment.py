"""The environment comes before the file, the file before the defaults."""

import os
from pathlib import Path

import pytest

from keeper.config import LogFormat, Mode, load
from keeper.domain.errors import ConfigError
from keeper.domain.units import ETHER
from tests.support.configs import ENVIRON, replace_in, resolver


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(directory: Path) -> None:
    replace_in(directory / "keeper.toml", "[limits]", '[http]\nport = 1000\nlisten = "::1"\n[limits]')
    environ = {
        **ENVIRON,
        "KEEPER_MODE": "observe",
        "KEEPER_HTTP__PORT": "2000",
        "KEEPER_LIMITS__TOTAL": "0.5 ETH",
        "KEEPER_KEYS__OPERATORS": '[{"file": "/run/key"}]',
        "KEEPER_LOG__FORMAT": "json",
    }
    keeper = load(directory, resolver, environ).keeper
    assert (keeper.mode, keeper.log.format) == (Mode.OBSERVE, LogFormat.JSON)
    assert (keeper.http.port, keeper.http.listen, keeper.http.stale_after) == (2000, "::1", 60.0)
    assert (keeper.limits.total, keeper.limits.transaction) == (ETHER // 2, 10 * ETHER)
    assert len(keeper.keys.operators) == 1
    assert keeper.keys.auth is not None


def test_only_the_environment_that_is_given_counts(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEPER_MODE", "observe")
    monkeypatch.setenv("MODE", "live")
    assert load(directory, resolver, ENVIRON).keeper.mode is Mode.DRY_RUN
    assert load(directory, resolver, {**os.environ, **ENVIRON}).keeper.mode is Mode.OBSERVE


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        ("KEEPER_MOED", "CONFIG_UNKNOWN_KEY", "did you mean KEEPER_MODE?"),
        ("KEEPER_LIMIT__TOTAL", "CONFIG_UNKNOWN_KEY", "did you mean KEEPER_LIMITS__TOTAL?"),
        ("KEEPER_LIMITS__TOTAL", "CONFIG_INVALID", "keeper.toml with KEEPER_LIMITS: limits.total: an amount"),
        ("KEEPER_KEYS", "CONFIG_INVALID", "written as JSON"),
    ],
)
def test_a_wrong_override_is_refused_by_name(directory: Path, name: str, code: str, text: str) -> None:
    with pytest.raises(ConfigError, match=code) as caught:
        load(directory, resolver, {**ENVIRON, name: "{5"})
    assert text in str(caught.value)


def test_other_variables_of_ours_are_left_alone(directory: Path) -> None:
    assert load(directory, resolver, {**ENVIRON, "KEEPER_NODE_URL_FOR_MAINNET": "x"}).keeper.mode is Mode.DRY_RUN
