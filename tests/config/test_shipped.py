"""The files that are shipped are right, and start nothing dangerous."""

from importlib.metadata import entry_points
from pathlib import Path

import pytest
from pydantic import BaseModel

from keeper.config import Configuration, Mode, load
from strategies.liquidation import Liquidation

DIRECTORY = Path(__file__).parents[2] / "config"


def installed(group: str, kind: str) -> type[BaseModel]:
    """The settings of the adapter that is installed under this name."""
    (entry,) = entry_points(group=group, name=kind)
    model: type[BaseModel] = entry.load().Config
    return model


@pytest.fixture
def configuration() -> Configuration:
    return load(DIRECTORY, installed, {})


def test_what_is_shipped_sends_nothing_and_holds_no_key(configuration: Configuration) -> None:
    assert configuration.keeper.mode is Mode.DRY_RUN
    assert configuration.keeper.keys.operators == ()
    assert configuration.chain.executor is None


def test_an_unverified_address_is_switched_off(configuration: Configuration) -> None:
    marked = {
        path.stem
        for folder in ("protocols", "venues")
        for path in (DIRECTORY / folder).glob("*.toml")
        if "Unverified" in path.read_text()
    }
    enabled = {each.name for each in (*configuration.enabled_protocols(), *configuration.enabled_venues())}
    assert marked
    assert not marked & enabled
    chain = (DIRECTORY / "chains/mainnet.toml").read_text()
    for section in chain.split("\n\n"):
        if "Unverified" in section:
            assert "enabled = false" in section


def test_every_protocol_of_the_strategy_is_one_that_is_configured(configuration: Configuration) -> None:
    adapters = {each.adapter for each in configuration.protocols.values()}
    (strategy,) = configuration.enabled_strategies()
    assert isinstance(strategy.settings, Liquidation.Config)
    assert strategy.settings.protocols.keys() == adapters
