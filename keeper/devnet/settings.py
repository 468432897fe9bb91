"""The daemon's configuration for a local world: a directory that ``keeper run --config`` takes as it would mainnet's."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from keeper.devnet.node import Json
from keeper.devnet.world import World
from keeper.domain.units import Address

_SECRET = 0o600

Value = str | int | bool | Sequence[str] | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Where one run keeps its things."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "config"

    @property
    def ledger(self) -> Path:
        return self.root / "keeper.db"

    @property
    def ledger_url(self) -> str:
        return f"sqlite:///{self.ledger}"

    @property
    def kill_switch(self) -> Path:
        return self.root / "halt"

    @property
    def orders(self) -> Path:
        return self.root / "orders.jsonl"

    @property
    def log(self) -> Path:
        return self.root / "keeper.log"

    def publish(self, orders: Sequence[Mapping[str, Json]]) -> None:
        """Adds signed orders to the file that the keeper follows."""
        with self.orders.open("ab") as file:
            for order in orders:
                file.write(orjson.dumps(order) + b"\n")

    def clear(self) -> None:
        """Makes the folder, and forgets what an earlier run left in it."""
        self.root.mkdir(parents=True, exist_ok=True)
        for path in (self.kill_switch, self.orders, self.log, *self.root.glob("keeper.db*")):
            path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs between runs."""

    relay_urls: Sequence[str]
    http_port: int
    node_url: str = ""
    ws_url: str = ""
    """The node's own where empty."""
    mode: str = "live"
    chain_id: int = 0
    """The node's own where 0."""
    relay_timeout: str = "10 s"


def write_config(world: World, files: RunFiles, settings: Settings) -> Path:
    """Everything that the daemon asks for, keys included; returns the directory."""
    for folder in ("chains", "protocols", "venues", "strategies", "keys"):
        (files.config / folder).mkdir(parents=True, exist_ok=True)
    keys = _write_keys(world, files)
    _write(files.config / "keeper.toml", _keeper(files, settings, keys))
    _write(files.config / "chains/devnet.toml", _chain(world, settings))
    _write(
        files.config / "protocols/benddao-v1.toml",
        _deployment(
            "benddao_v1", {"start_block": world.start_block, "addresses_provider": world.bend.provider.address}
        ),
    )
    _write(
        files.config / "protocols/paraspace.toml",
        _deployment(
            "paraspace",
            {
                "start_block": world.start_block,
                "addresses_provider": world.para.provider.address,
                "floor_oracle": world.para.floor.address,
            },
        ),
    )
    market: dict[str, Value] = {
        "weth": world.weth.address,
        "collections": [collection.address for collection in world.collections.values()],
    }
    curves = {"linear": world.sudoswap.linear, "exponential": world.sudoswap.exponential}
    _write(
        files.config / "venues/sudoswap-v2.toml",
        _deployment(
            "sudoswap_v2",
            market | {"start_block": world.start_block, "factory": world.sudoswap.factory.address, "curves": curves},
        ),
    )
    _write(
        files.config / "venues/seaport.toml",
        _deployment("seaport", market | {"seaport": world.seaport.seaport.address, "orders_file": str(files.orders)}),
    )
    _write(files.config / "strategies/liquidation.toml", _STRATEGY)
    files.orders.touch()
    return files.config


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


_STRATEGY: dict[str, Mapping[str, Value]] = {
    "": {"strategy": "liquidation"},
    "settings": {"bid_margin_bps": 500, "start_auctions": True},
    "settings.appetite": {"min_profit": "0.05 ETH", "tip_bps": 3_000, "max_tip": "2 ETH", "flat_tip": "0.001 ETH"},
    "settings.protocols.benddao_v1": {"ways": ["auction"]},
    "settings.protocols.paraspace": {"ways": ["discount", "amm"]},
}


def _keeper(files: RunFiles, settings: Settings, keys: tuple[Sequence[Path], Path]) -> dict[str, Mapping[str, Value]]:
    operators, auth = keys
    return {
        "": {
            "mode": settings.mode,
            "chain": "devnet",
            "ledger": files.ledger_url,
            "kill_switch": str(files.kill_switch),
        },
        "http": {"listen": "127.0.0.1", "port": settings.http_port, "stale_after": "60 s"},
        "log": {"format": "json", "level": "info"},
        "limits": {
            "transaction": "20 ETH",
            "collection": "30 ETH",
            "day_capital": "40 ETH",
            "day_loss": "1 ETH",
            "total": "40 ETH",
            "collections": "any",
        },
        **{f"[keys.operators].{number}": {"file": str(path)} for number, path in enumerate(operators)},
        "keys.auth": {"file": str(auth)},
    }


def _chain(world: World, settings: Settings) -> dict[str, Mapping[str, Value]]:
    lenders = world.lenders
    kinds = (("morpho", lenders.morpho), ("balancer_v2", lenders.balancer), ("aave_v3", lenders.aave))
    return {
        "": {
            "chain_id": settings.chain_id or world.anvil.options.chain_id,
            "weth": world.weth.address,
            "block_time": "12 s",
            "reorg_depth_blocks": 16,
            "executor": world.executor,
        },
        "[endpoints].ws": {
            "name": "devnet-ws",
            "url": settings.ws_url or world.anvil.ws_url,
            "roles": ["stream", "pending"],
        },
        "[endpoints].http": {
            "name": "devnet-http",
            "url": settings.node_url or world.anvil.url,
            "roles": ["read", "simulate"],
        },
        **{
            f"[relays].{number}": {
                "name": f"relay-{number}",
                "url": url,
                "dialect": "flashbots",
                "simulates": True,
                "timeout": settings.relay_timeout,
            }
            for number, url in enumerate(settings.relay_urls, start=1)
        },
        **{
            f"[lenders].{kind}": {"kind": kind, "address": lender.address, "tokens": [world.weth.address]}
            for kind, lender in kinds
        },
    }


def _deployment(adapter: str, settings: Mapping[str, Value]) -> dict[str, Mapping[str, Value]]:
    return {"": {"adapter": adapter, "chain": "devnet"}, "settings": settings}


def _write_keys(world: World, files: RunFiles) -> tuple[Sequence[Path], Path]:
    folder = files.config / "keys"
    operators = [folder / f"operator-{number}" for number, _ in enumerate(world.keys.operators, start=1)]
    for path, key in zip((*operators, folder / "auth"), (*world.keys.operators, world.keys.auth), strict=True):
        path.unlink(missing_ok=True)
        path.touch(_SECRET)
        path.write_text(key.hex() + "\n", encoding="ascii")
    return operators, folder / "auth"


def _write(path: Path, tables: Mapping[str, Mapping[str, Value]]) -> None:
    """Tables by their names; ``[name].x`` is one entry of an array of tables."""
    lines: list[str] = []
    for name, values in tables.items():
        if name.startswith("["):
            lines.append(f"\n[[{name[1 : name.index(']')]}]]")
        elif name:
            lines.append(f"\n[{name}]")
        lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
    path.write_text("\n".join(lines).lstrip() + "\n", encoding="utf-8")


def _toml(value: Value | Address) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(entry)}" for key, entry in value.items()) + " }"
    return orjson.dumps(value).decode()
