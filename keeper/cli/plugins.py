"""``keeper protocols``, ``venues`` and ``strategies``: what is installed, what it can do, how it is configured."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from keeper.assembly.plugins import plugin, plugins
from keeper.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, Row, configuration_at, show_rows
from keeper.config import PROTOCOLS, STRATEGIES, VENUES, DeploymentConfig, StrategyConfig


def protocols(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Lending protocols: installed adapters and configured deployments."""
    _adapters("Protocols", PROTOCOLS, configuration_at(config).protocols, as_json=as_json)


def venues(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Venues: installed adapters and configured deployments."""
    _adapters("Venues", VENUES, configuration_at(config).venues, as_json=as_json)


def strategies(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Strategies: what is installed, and what each is allowed to do."""
    configured = configuration_at(config).strategies
    rows = [row for name in plugins(STRATEGIES) for row in _strategy_rows(name, configured)]
    show_rows("Strategies", _for_people(rows, as_json=as_json), as_json=as_json)


def _adapters(title: str, group: str, deployments: Mapping[str, DeploymentConfig], *, as_json: bool) -> None:
    rows: list[Row] = []
    for name in plugins(group):
        capability = plugin(group, name).capability
        can: Row = {
            "adapter": name,
            "can": capability.summary,
            "ways": ", ".join((*capability.shapes, *capability.ways)),
        }
        of_it = [each for each in deployments.values() if each.adapter == name]
        rows += [
            can
            | {
                "deployment": each.name,
                "chain": each.chain,
                "enabled": each.enabled,
                "settings": settings_of(each.settings),
            }
            for each in of_it
        ]
        if not of_it:
            rows.append(can | {"deployment": None, "chain": None, "enabled": False, "settings": None})
    show_rows(title, _for_people(rows, as_json=as_json), as_json=as_json)


def _strategy_rows(name: str, configured: Mapping[str, StrategyConfig]) -> list[Row]:
    does = (plugin(STRATEGIES, name).__doc__ or "").strip().partition("\n")[0]
    what: Row = {"strategy": name, "does": does}
    of_it = [each for each in configured.values() if each.strategy == name]
    if not of_it:
        return [what | {"configured as": None, "enabled": False, "settings": None}]
    return [
        what | {"configured as": each.name, "enabled": each.enabled, "settings": settings_of(each.settings)}
        for each in of_it
    ]


def settings_of(settings: BaseModel) -> dict[str, Any]:
    """A plug-in's settings as they are in its file, without those that are not set."""
    values: dict[str, Any] = settings.model_dump(mode="json", exclude_none=True)
    return values


def _for_people(rows: Sequence[Row], *, as_json: bool) -> Sequence[Row]:
    """One line for each setting, and a word for each flag."""
    if as_json:
        return rows
    return [
        {
            **row,
            "enabled": "yes" if row["enabled"] else "no",
            "settings": "\n".join(_lines(row["settings"] or {})),
        }
        for row in rows
    ]


def _lines(settings: Mapping[str, Any], prefix: str = "") -> list[str]:
    lines: list[str] = []
    for name, value in settings.items():
        if isinstance(value, Mapping):
            lines += _lines(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            lines.append(
                f"{prefix}{name} = {', '.join(map(str, value)) if len(value) < 4 else f'{len(value)} of them'}"
            )
        else:
            lines.append(f"{prefix}{name} = {str(value).lower() if isinstance(value, bool) else value}")
    return lines
