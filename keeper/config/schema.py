"""The typed schema of the configuration: one model per file, nothing unknown accepted, nothing changeable afterwards."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, SerializeAsAny, Tag, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from keeper.config.quantities import AddressField, Amount, Duration, Rate, RateLimit
from keeper.config.secrets import KeyRef, PrivateUrl
from keeper.domain.plans import Appetite, FlashKind, TipRule
from keeper.domain.units import BPS, Bps

Share = Annotated[int, Field(ge=0, le=BPS)]


class Section(BaseModel):
    """What every section is: closed and frozen. The ``Config`` classes of adapters and strategies derive from it too."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Mode(StrEnum):
    """OBSERVE decides and logs. DRY_RUN also simulates and records, and is ready to sign. Only LIVE sends."""

    OBSERVE = "observe"
    DRY_RUN = "dry-run"
    LIVE = "live"


class LogFormat(StrEnum):
    JSON = "json"
    CONSOLE = "console"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogConfig(Section):
    format: LogFormat = LogFormat.CONSOLE
    level: LogLevel = LogLevel.INFO


class HttpConfig(Section):
    """Where /metrics, /livez and /readyz are served; port 0 lets the system choose."""

    listen: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 9586
    stale_after: Duration = 60.0
    """/livez fails once no block was closed and evaluated for so long."""


class LimitsConfig(Section):
    """What may be at risk. Amounts of ETH and WETH; a limit is never reached by more than it says."""

    transaction: Amount
    """What one transaction may put at risk: own capital at its deepest point, gas and tip."""
    collection: Amount
    """What may be bound in one collection at a time."""
    day_capital: Amount
    """What may be newly bound between midnight and midnight UTC."""
    day_loss: Amount
    """The realised loss of a UTC day at which nothing new is begun."""
    total: Amount
    """What may be bound at a time altogether."""
    collections: Annotated[
        Annotated[Literal["any"], Tag("Literal")] | Annotated[tuple[AddressField, ...], Tag("tuple")],
        Discriminator(lambda value: "Literal" if isinstance(value, str) else "tuple"),
    ]
    """The collections that may be touched; "any" for all."""


class KeysConfig(Section):
    operators: tuple[KeyRef, ...] = ()
    """The accounts that sign transactions: as many as transactions may be in flight at a time."""
    auth: KeyRef | None = None
    """The account that signs requests to relays; it holds nothing."""


class KeeperConfig(BaseSettings):
    """keeper.toml. Any value of it can be set by ``KEEPER_<KEY>`` or ``KEEPER_<SECTION>__<KEY>``: the environment comes
    before the file, the file before the defaults."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="KEEPER_", env_nested_delimiter="__")

    mode: Mode = Mode.DRY_RUN
    chain: str
    """The chain to work on: the name of a file in chains/."""
    ledger: PrivateUrl
    kill_switch: Path
    """The keeper sends nothing while this file exists."""
    http: HttpConfig = HttpConfig()
    log: LogConfig = LogConfig()
    limits: LimitsConfig
    keys: KeysConfig = KeysConfig()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the names are pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what ``load`` merged: the process's own environment is never looked at behind its back."""
        return (init_settings,)


class Role(StrEnum):
    """STREAM follows heads and logs (websocket), READ answers calls, SIMULATE runs ``eth_simulateV1``, PENDING tells
    the public pool."""

    STREAM = "stream"
    READ = "read"
    SIMULATE = "simulate"
    PENDING = "pending"


class EndpointConfig(Section):
    """One node. ``url`` may be given as ``url_env`` or ``url_file`` instead: providers put keys into URLs."""

    name: str
    url: PrivateUrl
    roles: Annotated[frozenset[Role], Field(min_length=1)]
    rate_limit: RateLimit | None = None
    timeout: Duration = 5.0
    enabled: bool = True

    @model_validator(mode="after")
    def _streams_over_websocket(self) -> Self:
        websocket = self.url.scheme in {"ws", "wss"}
        if not websocket and self.url.scheme not in {"http", "https"}:
            raise ValueError(f"url: http, https, ws or wss is expected, not {self.url.scheme}")
        if self.roles & {Role.STREAM, Role.PENDING} and not websocket:
            raise ValueError("roles: stream and pending need a websocket (ws:// or wss://)")
        return self


class Dialect(StrEnum):
    """Whose variant of the bundle methods a relay speaks."""

    FLASHBOTS = "flashbots"
    TITAN = "titan"
    BUILDERNET = "buildernet"
    QUASAR = "quasar"
    RSYNC = "rsync"


class RelayConfig(Section):
    name: str
    url: PrivateUrl
    dialect: Dialect
    simulates: bool = False
    """Whether it offers eth_callBundle."""
    rate_limits: dict[str, RateLimit] = Field(default_factory=dict)
    """Of eth_sendBundle (sent and taken back) and eth_callBundle; "*" for the one that is not named."""
    timeout: Duration = 2.0
    tls_verify: bool = True
    enabled: bool = True

    def rate_limit(self, method: str) -> Rate | None:
        """The limit of one method, or the one for all others, or none."""
        return self.rate_limits.get(method, self.rate_limits.get("*"))


class LenderConfig(Section):
    """A flash lender, and the tokens to borrow there."""

    kind: FlashKind
    address: AddressField
    tokens: Annotated[tuple[AddressField, ...], Field(min_length=1)]
    enabled: bool = True


class ChainConfig(Section):
    """chains/<name>.toml."""

    chain_id: Annotated[int, Field(gt=0)]
    weth: AddressField
    block_time: Duration
    reorg_depth_blocks: Annotated[int, Field(gt=0)] = 64
    """The deepest reorganisation that is followed; a deeper one stops the process."""
    executor: AddressField | None = None
    endpoints: Annotated[tuple[EndpointConfig, ...], Field(min_length=1)]
    relays: tuple[RelayConfig, ...] = ()
    lenders: tuple[LenderConfig, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for what, names in (
            ("endpoints", [endpoint.name for endpoint in self.endpoints]),
            ("relays", [relay.name for relay in self.relays]),
        ):
            if len(set(names)) < len(names):
                raise ValueError(f"{what}: two of them have the same name")
        return self

    @property
    def block_seconds(self) -> int:
        """The seconds between two blocks' timestamps, at least one."""
        return max(1, round(self.block_time))

    def endpoints_for(self, role: Role) -> tuple[EndpointConfig, ...]:
        """The enabled endpoints with this role, in the file's order."""
        return tuple(endpoint for endpoint in self.endpoints if endpoint.enabled and role in endpoint.roles)

    def enabled_relays(self) -> tuple[RelayConfig, ...]:
        return tuple(relay for relay in self.relays if relay.enabled)

    def enabled_lenders(self) -> tuple[LenderConfig, ...]:
        return tuple(lender for lender in self.lenders if lender.enabled)


class DeploymentConfig(Section):
    """protocols/<name>.toml and venues/<name>.toml: one deployment on one chain. ``settings`` is the adapter's own
    ``Config``, checked by the adapter's own class."""

    name: str
    adapter: str
    chain: str
    enabled: bool = True
    settings: SerializeAsAny[BaseModel]


class StrategyConfig(Section):
    """strategies/<name>.toml. ``settings`` is the strategy's own ``Config``, checked by the strategy's own class."""

    name: str
    strategy: str
    enabled: bool = True
    settings: SerializeAsAny[BaseModel]


class AppetiteConfig(Section):
    """What every strategy asks of a plan: a part of its own settings."""

    min_profit: Amount
    """What has to be left of a plan after fees, gas and tip."""
    tip_bps: Share
    """The builder's share of a gain."""
    max_tip: Amount
    """The most that share may come to."""
    flat_tip: Amount
    """The tip of a transaction that does not earn by itself (a bid, starting an auction)."""

    def to_domain(self) -> Appetite:
        return Appetite(self.min_profit, TipRule(Bps(self.tip_bps), self.max_tip), self.flat_tip)
