"""Overrides from the environment: ``KEEPER_MODE``, ``KEEPER_LIMITS__TOTAL`` and so on, read from a given mapping."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsError

from keeper.config.problems import INVALID, UNKNOWN_KEY
from keeper.domain.errors import ConfigError

PREFIX = "KEEPER_"


class _Given(EnvSettingsSource):
    """pydantic-settings' own rules, on a mapping instead of the process's environment."""

    def __init__(self, settings: type[BaseSettings], environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._environ.items()}


def overrides(settings: type[BaseSettings], environ: Mapping[str, str]) -> dict[str, Any]:
    """What the environment says of the keys of ``settings``, nested as in the file.

    A ``KEEPER_*`` name that is almost one of them is refused, since a mode that was not set is found out too late; others
    are left alone (an endpoint's ``url_env`` may be called anything)."""
    known = sorted(_names(settings, PREFIX))
    for name in environ:
        if name.startswith(PREFIX) and name not in known:
            close = get_close_matches(name, known, n=1, cutoff=0.85)
            if close:
                raise ConfigError(
                    UNKNOWN_KEY, f"environment: {name}: no such key; did you mean {close[0]}?", "rename it"
                )
    try:
        return _Given(settings, environ)()
    except SettingsError as error:
        raise ConfigError(INVALID, f"environment: {error}", "lists and tables are written as JSON there") from None


def _names(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name.upper()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _names(field.annotation, prefix + name.upper() + "__")
