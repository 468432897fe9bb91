"""What the operator wrote, typed and checked: ``load`` a directory, get a frozen ``Configuration``."""

from keeper.config.load import PROTOCOLS, STRATEGIES, VENUES, Configuration, Resolver, kill_switch_of, load
from keeper.config.quantities import AddressField, Amount, Duration, Rate, RateLimit
from keeper.config.schema import (
    AppetiteConfig,
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
    Share,
    StrategyConfig,
)
from keeper.config.secrets import EnvKey, FileKey, KeyRef, KeystoreKey, PrivateUrl
from keeper.config.show import show

__all__ = [
    "PROTOCOLS",
    "STRATEGIES",
    "VENUES",
    "AddressField",
    "Amount",
    "AppetiteConfig",
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
    "Share",
    "StrategyConfig",
    "kill_switch_of",
    "load",
    "show",
]
