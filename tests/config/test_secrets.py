"""Secrets are read from where they are said to be, and printed nowhere."""

import json
import pickle
from pathlib import Path

import pytest

from keeper.config import PrivateUrl, load, show
from keeper.domain.errors import ConfigError
from tests.support.configs import ENVIRON, replace_in, resolver


def test_no_print_of_a_configuration_has_a_secret_in_it(directory: Path) -> None:
    configuration = load(
        directory, resolver, {**ENVIRON, "KEEPER_LEDGER": "postgresql://me:SECRET-DB@db.example/keeper"}
    )
    shown = json.dumps(show(configuration))
    for text in (shown, repr(configuration), str(configuration.keeper), repr(configuration.chain.endpoints)):
        assert "SECRET" not in text
    assert "wss://node.example/…" in json.loads(shown)["chains"]["local"]["endpoints"][0]["url"]
    assert json.loads(shown)["keeper"]["limits"]["day_loss"] == "0.5 ETH"
    assert json.loads(shown)["keeper"]["ledger"] == "postgresql://db.example/…"
    assert configuration.chain.endpoints[1].url.reveal() == ENVIRON["LOCAL_URL"]


def test_an_error_does_not_repeat_a_url_that_may_hold_a_key(directory: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(directory, resolver, {"LOCAL_URL": "ftp://SECRET-HOST/SECRET-PATH"})
    assert "SECRET" not in str(caught.value)
    replace_in(directory / "chains/local.toml", "wss://node.example/v2/SECRET-IN-PATH", "https://x:SECRET/v2")
    with pytest.raises(ConfigError) as caught:
        load(directory, resolver, ENVIRON)
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_url_from_a_file_that_others_can_read_is_refused(directory: Path) -> None:
    secret = directory / "chains" / "node.url"
    secret.write_text("wss://node.example/KEY\n")
    secret.chmod(0o644)
    replace_in(directory / "chains/local.toml", 'url = "wss://node.example/v2/SECRET-IN-PATH"', 'url_file = "node.url"')
    with pytest.raises(ConfigError, match="SECRET_PERMISSIONS"):
        load(directory, resolver, ENVIRON)
    secret.chmod(0o600)
    assert load(directory, resolver, ENVIRON).chain.endpoints[0].url.reveal() == "wss://node.example/KEY"
    secret.unlink()
    with pytest.raises(ConfigError, match="SECRET_MISSING"):
        load(directory, resolver, ENVIRON)


def test_a_url_that_is_not_in_the_environment_is_asked_for_only_where_it_is_used(directory: Path) -> None:
    with pytest.raises(ConfigError, match=r"SECRET_MISSING.*LOCAL_URL"):
        load(directory, resolver, {})
    replace_in(directory / "chains/local.toml", 'name = "http"', 'name = "http"\nenabled = false')
    assert load(directory, resolver, {}).chain.endpoints[1].enabled is False


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://relay.example", "https://relay.example"),
        ("https://relay.example/", "https://relay.example"),
        ("https://relay.example:8080/key", "https://relay.example:8080/…"),
        ("wss://user:password@relay.example", "wss://relay.example/…"),
        ("https://relay.example?key=1", "https://relay.example/…"),
        ("sqlite:////var/keeper.db", "sqlite:////var/keeper.db"),
    ],
)
def test_a_url_shows_scheme_and_host_only(url: str, shown: str) -> None:
    private = PrivateUrl(url)
    assert str(private) == f"{private}" == shown
    assert repr(private) == f"PrivateUrl({shown!r})"
    assert private.reveal() == url
    assert private == PrivateUrl(url)
    assert pickle.loads(pickle.dumps(private)) == private  # noqa: S301 - our own
