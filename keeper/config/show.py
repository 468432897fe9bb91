"""The configuration as it is in force, fit to be printed: keys and URLs' secret parts are not in it."""

from typing import Any

from pydantic import BaseModel

from keeper.config.load import Configuration


def show(configuration: Configuration) -> dict[str, Any]:
    """As in the files, JSON-ready. Amounts and durations are written with their units; URLs as scheme and host; keys by
    where they are kept, never by what they are."""

    def plain(model: BaseModel) -> dict[str, Any]:
        values: dict[str, Any] = model.model_dump(mode="json")
        return values

    return {
        "directory": str(configuration.directory),
        "keeper": plain(configuration.keeper),
        "chains": {name: plain(chain) for name, chain in configuration.chains.items()},
        "protocols": {name: plain(deployment) for name, deployment in configuration.protocols.items()},
        "venues": {name: plain(deployment) for name, deployment in configuration.venues.items()},
        "strategies": {name: plain(strategy) for name, strategy in configuration.strategies.items()},
    }
