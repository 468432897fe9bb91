"""What is installed under the entry points: protocols, venues and strategies, and the models of their settings."""

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import BaseModel

from keeper.domain.errors import ConfigError


def plugins(group: str) -> dict[str, EntryPoint]:
    """What is installed under an entry point group, by name."""
    return {entry.name: entry for entry in sorted(entry_points(group=group), key=lambda entry: entry.name)}


def plugin(group: str, name: str) -> Any:  # noqa: ANN401 - a class that its group's protocol describes
    """The class behind a name. ``LookupError`` with the known names where there is none; ``ConfigError`` where it is
    installed and cannot be loaded."""
    known = plugins(group)
    if name not in known:
        raise LookupError(*known)
    try:
        return known[name].load()
    except (ImportError, AttributeError) as error:
        said = f"{group}: {name} ({known[name].value}) cannot be loaded: {error}"
        raise ConfigError("PLUGIN_BROKEN", said, "reinstall its package") from error


def settings_model(group: str, name: str) -> type[BaseModel]:
    """The model of a plug-in's own settings, for ``keeper.config.load``. Errors as ``plugin`` has them; ``ConfigError`` too
    where it has no ``Config``."""
    model = getattr(plugin(group, name), "Config", None)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        said = f"{group}: {name} has no class Config for its settings"
        raise ConfigError("PLUGIN_BROKEN", said, "give it one, derived from keeper.config.Section")
    return model
