"""``keeper protocols``, ``venues`` and ``strategies``: what is installed, what it can do, how it is configured."""

from collections.abc import Mapping

from keeper.assembly import STRATEGIES, plugin, plugins
from keeper.cli.common import DEFAULT_CONFIG, Cell, ConfigOption, JsonOption, configuration_at, show_rows
from keeper.config import PROTOCOLS, VENUES, DeploymentConfig, StrategyConfig


def protocols(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Lending protocols: installed adapters and configured deployments."""
    _adapters("Protocols", PROTOCOLS, configuration_at(config).protocols, as_json=as_json)


def venues(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Venues: installed adapters and configured deployments."""
    _adapters("Venues", VENUES, configuration_at(config).venues, as_json=as_json)


def strategies(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Strategies: installed, and what each is allowed to do."""
    configured = configuration_at(config).strategies
    rows = [row for name in plugins(STRATEGIES) for row in _strategy_rows(name, configured)]
    show_rows("Strategies", rows, as_json=as_json)


def _adapters(title: str, group: str, deployments: Mapping[str, DeploymentConfig], *, as_json: bool) -> None:
    rows: list[dict[str, Cell]] = []
    for name in plugins(group):
        capability = plugin(group, name).capability
        can: dict[str, Cell] = {
            "adapter": name,
            "can": capability.summary,
            "ways": ", ".join((*capability.shapes, *capability.ways)),
        }
        of_it = [each for each in deployments.values() if each.adapter == name]
        rows += [can | {"deployment": each.name, "chain": each.chain, "enabled": each.enabled} for each in of_it]
        if not of_it:
            rows.append(can | {"deployment": None, "chain": None, "enabled": False})
    show_rows(title, rows, as_json=as_json)


def _strategy_rows(name: str, configured: Mapping[str, StrategyConfig]) -> list[dict[str, Cell]]:
    does = (plugin(STRATEGIES, name).__doc__ or "").strip().partition("\n")[0]
    what: dict[str, Cell] = {"strategy": name, "does": does}
    of_it = [each for each in configured.values() if each.strategy == name]
    if not of_it:
        return [what | {"configured as": None, "enabled": False, "allowed": None}]
    return [what | {"configured as": each.name, "enabled": each.enabled, "allowed": _allowed(each)} for each in of_it]


def _allowed(config: StrategyConfig) -> str:
    return "; ".join(f"{protocol}: {', '.join(sorted(ways))}" for protocol, ways in config.ways().items())
