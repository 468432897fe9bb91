"""A directory of TOML files becomes one frozen, checked ``Configuration``, or one error that names file and key.

``keeper.toml``, ``chains/*.toml``, ``protocols/*.toml``, ``venues/*.toml``, ``strategies/*.toml``. A file's name is the
name of what it describes. What adapters and strategies alone understand (``[settings]``) is checked by their own classes,
which ``resolver`` finds; this room knows none of them.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from keeper.config.environment import overrides
from keeper.config.problems import as_config_error, invalid, nearest
from keeper.config.schema import ChainConfig, DeploymentConfig, KeeperConfig, KeysConfig, Mode, StrategyConfig
from keeper.config.secrets import PrivateUrl, read_environment, read_secret_file
from keeper.domain.errors import ConfigError

PROTOCOLS = "keeper.protocols"
VENUES = "keeper.venues"
STRATEGIES = "keeper.strategies"
MAIN_FILE = "keeper.toml"

Resolver = Callable[[str, str], type[BaseModel]]
"""From an entry point group and a plug-in's name to the model of its settings. ``LookupError`` with the known names as its
arguments where there is no such plug-in."""

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that the operator wrote, by name. Disabled entries are there too."""

    directory: Path
    keeper: KeeperConfig
    chains: Mapping[str, ChainConfig]
    protocols: Mapping[str, DeploymentConfig]
    venues: Mapping[str, DeploymentConfig]
    strategies: Mapping[str, StrategyConfig]

    @property
    def chain(self) -> ChainConfig:
        """The chain to work on."""
        return self.chains[self.keeper.chain]

    def enabled_protocols(self) -> tuple[DeploymentConfig, ...]:
        """Those of the chain to work on, in the order of their names."""
        return self._enabled(self.protocols)

    def enabled_venues(self) -> tuple[DeploymentConfig, ...]:
        return self._enabled(self.venues)

    def enabled_strategies(self) -> tuple[StrategyConfig, ...]:
        return tuple(strategy for strategy in self.strategies.values() if strategy.enabled)

    def _enabled(self, deployments: Mapping[str, DeploymentConfig]) -> tuple[DeploymentConfig, ...]:
        return tuple(each for each in deployments.values() if each.enabled and each.chain == self.keeper.chain)


def load(directory: Path, resolver: Resolver, environ: Mapping[str, str] | None = None) -> Configuration:
    """Everything, checked, or ``ConfigError``: CONFIG_MISSING, CONFIG_SYNTAX, CONFIG_UNKNOWN_KEY, CONFIG_INVALID,
    SECRET_MISSING, SECRET_PERMISSIONS. ``environ`` is the process's own where none is given."""
    environ = os.environ if environ is None else environ
    keeper = _keeper(directory, environ)
    chains = {
        path.stem: _build(path, ChainConfig, _with_urls(path, _read(path), environ))
        for path in _files(directory, "chains")
    }
    configuration = Configuration(
        directory,
        keeper,
        chains,
        {path.stem: _deployment(path, PROTOCOLS, resolver) for path in _files(directory, "protocols")},
        {path.stem: _deployment(path, VENUES, resolver) for path in _files(directory, "venues")},
        {path.stem: _strategy(path, resolver) for path in _files(directory, "strategies")},
    )
    _check_references(configuration)
    return configuration


def kill_switch_of(directory: Path, environ: Mapping[str, str] | None = None) -> Path:
    """Where the kill switch is: of all that is configured, only ``keeper.toml`` has to be right to halt."""
    return _keeper(directory, os.environ if environ is None else environ).kill_switch


def _keeper(directory: Path, environ: Mapping[str, str]) -> KeeperConfig:
    path = directory / MAIN_FILE
    over = overrides(KeeperConfig, environ)
    where = f"{path} with KEEPER_{', KEEPER_'.join(name.upper() for name in over)}" if over else path
    return _anchored(_build(where, KeeperConfig, _merged(_read(path), over)), directory)


def _anchored(keeper: KeeperConfig, directory: Path) -> KeeperConfig:
    """With relative paths taken from the configuration's directory: a kill switch has to be the same file from wherever
    ``keeper halt`` is called."""
    base = directory.absolute()
    ledger = keeper.ledger.reveal()
    scheme, slashes, path = ledger.partition(":///")
    if slashes and scheme.startswith("sqlite") and path and not path.startswith(("/", ":")):
        ledger = f"{scheme}:///{os.path.normpath(base / path)}"
    keys = keeper.keys
    auth = None if keys.auth is None else keys.auth.under(base)
    return keeper.model_copy(
        update={
            "kill_switch": Path(os.path.normpath(base / keeper.kill_switch)),
            "ledger": PrivateUrl(ledger),
            "keys": KeysConfig(operators=tuple(key.under(base) for key in keys.operators), auth=auth),
        }
    )


def _files(directory: Path, folder: str) -> list[Path]:
    return sorted((directory / folder).glob("*.toml"))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            "CONFIG_MISSING", f"{path} cannot be read: {error.strerror}", "name the directory with --config"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError("CONFIG_SYNTAX", f"{path}: not UTF-8 text", "save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("CONFIG_SYNTAX", f"{path}: {error}", "write it as TOML 1.0") from error


def _build(where: Path | str, model: type[M], values: Mapping[str, Any]) -> M:
    try:
        return model(**values)
    except ValidationError as error:
        raise as_config_error(where, model, error) from None


def _deployment(path: Path, group: str, resolver: Resolver) -> DeploymentConfig:
    return _build(path, DeploymentConfig, _with_settings(path, group, "adapter", resolver))


def _strategy(path: Path, resolver: Resolver) -> StrategyConfig:
    return _build(path, StrategyConfig, _with_settings(path, STRATEGIES, "strategy", resolver))


def _with_settings(path: Path, group: str, kind: str, resolver: Resolver) -> dict[str, Any]:
    """The file with its ``[settings]`` checked by the plug-in that its key ``kind`` names."""
    values = {"name": path.stem, **_read(path)}
    plugin, settings = values.get(kind), values.get("settings", {})
    if not isinstance(plugin, str):
        raise invalid(path, kind, f"a name is expected, as `keeper {group.rpartition('.')[2]}` lists them")
    try:
        model = resolver(group, plugin)
    except LookupError as error:
        known = [str(name) for name in error.args]
        raise invalid(path, kind, f"there is no {kind} {plugin}; {nearest(plugin, known)}") from None
    try:
        values["settings"] = model.model_validate(settings)
    except ValidationError as error:
        raise as_config_error(path, model, error, "settings.") from None
    return values


def _with_urls(path: Path, values: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """The chain's endpoints with ``url_env`` and ``url_file`` replaced by what they lead to; of one that is switched off,
    by nothing that has to be there."""
    endpoints = values.get("endpoints")
    if not isinstance(endpoints, list):
        return values
    resolved = [
        _with_url(path, index, dict(endpoint), environ) if isinstance(endpoint, dict) else endpoint
        for index, endpoint in enumerate(endpoints, 1)
    ]
    return {**values, "endpoints": resolved}


def _with_url(path: Path, index: int, endpoint: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    given = [key for key in ("url", "url_env", "url_file") if key in endpoint]
    if len(given) != 1 or not isinstance(endpoint[given[0]], str):
        raise invalid(path, f"endpoints[{index}]", "exactly one of url, url_env and url_file is expected")
    where = endpoint.pop(given[0])
    if given[0] == "url":
        url = where
    elif endpoint.get("enabled") is False:
        url = "wss://disabled.invalid"
    else:
        url = read_environment(where, environ) if given[0] == "url_env" else read_secret_file(path.parent / where)
    return {**endpoint, "url": url}


def _merged(ground: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(ground)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _check_references(configuration: Configuration) -> None:
    """What one file says about another."""
    main, keeper = configuration.directory / MAIN_FILE, configuration.keeper
    if keeper.chain not in configuration.chains:
        raise invalid(
            main, "chain", f"there is no chains/{keeper.chain}.toml; {nearest(keeper.chain, [*configuration.chains])}"
        )
    for folder, deployments in (("protocols", configuration.protocols), ("venues", configuration.venues)):
        for name, deployment in deployments.items():
            path = configuration.directory / folder / f"{name}.toml"
            if deployment.chain not in configuration.chains:
                hint = nearest(deployment.chain, [*configuration.chains])
                raise invalid(path, "chain", f"there is no chains/{deployment.chain}.toml; {hint}")
            if folder == "venues" and name in configuration.protocols:
                raise invalid(path, "name", "a file in protocols/ has the same name; deployments need different ones")
    if keeper.mode is Mode.LIVE:
        _check_live(configuration, main)
    if keeper.mode is Mode.DRY_RUN and keeper.keys.operators and configuration.chain.executor is None:
        chain_file = configuration.directory / "chains" / f"{keeper.chain}.toml"
        raise invalid(chain_file, "executor", "the executor contract's address is expected where operators are named")


def _check_live(configuration: Configuration, main: Path) -> None:
    """What sending needs and watching does not."""
    keys, chain = configuration.keeper.keys, configuration.chain
    chain_file = configuration.directory / "chains" / f"{configuration.keeper.chain}.toml"
    if not keys.operators:
        raise invalid(main, "keys.operators", "at least one operator's key is expected in mode live")
    if keys.auth is None:
        raise invalid(main, "keys.auth", "the key that signs requests to relays is expected in mode live")
    if chain.executor is None:
        raise invalid(chain_file, "executor", "the executor contract's address is expected in mode live")
    if not chain.enabled_relays():
        raise invalid(chain_file, "relays", "at least one enabled relay is expected in mode live")
