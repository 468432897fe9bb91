"""A relay's settings, as its own file has them."""

from keeper.assembly.senders import nobody, relay_settings
from keeper.config import PrivateUrl, RelayConfig
from keeper.execution.relays import CancelStyle


def relay(**values: object) -> RelayConfig:
    given = {"name": "near", "url": PrivateUrl("https://relay.example/KEY"), "dialect": "flashbots"}
    return RelayConfig.model_validate(given | values)


def test_its_own_limits_are_kept_per_minute_and_one_for_all_others_serves_both() -> None:
    own = relay_settings(relay(rate_limits={"eth_sendBundle": "50 / 1 s", "*": "120 / 60 s"}))
    assert (own.bundles_per_minute, own.simulations_per_minute) == (3_000, 120)


def test_bundles_are_taken_back_as_its_dialect_has_it() -> None:
    assert relay_settings(relay()).cancel is CancelStyle.METHOD
    assert relay_settings(relay(dialect="buildernet")).cancel is CancelStyle.EMPTY_BUNDLE


def test_what_is_shown_of_it_holds_no_key() -> None:
    settings = relay_settings(relay())
    assert settings.url.endswith("/KEY")
    assert "KEY" not in settings.label + repr(settings)


def test_nobody_is_somebody_else_each_time() -> None:
    assert nobody().address != nobody().address
