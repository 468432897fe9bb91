"""What the operator wrote, typed and checked: ``load`` a directory, get a frozen ``Configuration``."""

from keeper.config.load import PROTOCOLS, VENUES, Configuration, Resolver, load
from keeper.config.quantities import AddressField, Amount, Duration, Rate, RateLimit
from keeper.config.schema import (
    ChainConfig,
    DeploymentConfig,
    Dialect,
    EndpointConfig,
    KeeperConfig,
    LenderConfig,
    LimitsConfig,
    LogFormat,
    Mode,
    RelayConfig,
    Role,
    Section,
    StrategyConfig,
)
from keeper.config.secrets import EnvKey, FileKey, KeyRef, KeystoreKey, PrivateUrl
from keeper.config.show import show

__all__ = [
    "PROTOCOLS",
    "VENUES",
    "AddressField",
    "Amount",
    "ChainConfig",
    "Configuration",
    "DeploymentConfig",
    "Dialect",
    "Duration",
    "EndpointConfig",
    "EnvKey",
    "FileKey",
    "KeeperConfig",
    "KeyRef",
    "KeystoreKey",
    "LenderConfig",
    "LimitsConfig",
    "LogFormat",
    "Mode",
    "PrivateUrl",
    "Rate",
    "RateLimit",
    "RelayConfig",
    "Resolver",
    "Role",
    "Section",
    "StrategyConfig",
    "load",
    "show",
]
