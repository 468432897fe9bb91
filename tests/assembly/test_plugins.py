"""Plug-ins are found by entry point; one that is broken is named, with what to do."""

from pathlib import Path

import pytest

from keeper.assembly.plugins import plugin, plugins, settings_model
from keeper.config import PROTOCOLS, STRATEGIES, VENUES
from keeper.domain.errors import ConfigError
from strategies.liquidation import Liquidation


def install(folder: Path, name: str, target: str) -> None:
    """A package's metadata, as an installer leaves it."""
    info = folder / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[{STRATEGIES}]\n{name} = {target}\n")


@pytest.mark.parametrize("group", [PROTOCOLS, VENUES, STRATEGIES])
def test_everything_that_is_installed_can_be_loaded_and_has_settings(group: str) -> None:
    assert plugins(group)
    for name in plugins(group):
        assert settings_model(group, name).model_config["extra"] == "forbid"


def test_a_strategy_is_found_by_its_name() -> None:
    assert plugin(STRATEGIES, "liquidation") is Liquidation


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(LookupError) as caught:
        plugin(VENUES, "bazaar")
    assert caught.value.args == ("seaport", "sudoswap_v2")


@pytest.mark.parametrize("target", ["no_such_module_of_anybody:Strategy", "strategies.liquidation:NoSuchClass"])
def test_one_that_cannot_be_loaded_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    install(tmp_path, "cracked", target)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match="cracked") as caught:
        settings_model(STRATEGIES, "cracked")
    assert caught.value.code == "PLUGIN_BROKEN"


def test_one_without_settings_of_its_own_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "bare", "strategies.liquidation:Way")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match="no class Config") as caught:
        settings_model(STRATEGIES, "bare")
    assert caught.value.code == "PLUGIN_BROKEN"
