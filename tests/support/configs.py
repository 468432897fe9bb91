"""Configurations on disk, and a resolver that knows two adapters of its own and one strategy."""

from pathlib import Path

from pydantic import BaseModel

from keeper.config import PROTOCOLS, STRATEGIES, VENUES, AddressField, Amount, Section
from strategies.liquidation import Liquidation

FILES = {
    "keeper.toml": """
        mode = "dry-run"
        chain = "local"
        ledger = "sqlite:///../var/keeper.db"
        kill_switch = "../var/halt"

        [limits]
        transaction = "10 ETH"
        collection = "20 ETH"
        day_capital = "30 ETH"
        day_loss = "0.5 ETH"
        total = "40 ETH"
        collections = ["0xA900000000000000000000000000000000000001"]

        [keys]
        operators = [{ file = "operator.key" }, { keystore = "operator.json", password_file = "/run/password" }]
        auth = { env = "AUTH_KEY", allow_env = true }
    """,
    "chains/local.toml": """
        chain_id = 31337
        weth = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
        block_time = "12 s"
        executor = "0xE000000000000000000000000000000000000001"

        [[endpoints]]
        name = "ws"
        url = "wss://node.example/v2/SECRET-IN-PATH"
        roles = ["stream"]

        [[endpoints]]
        name = "http"
        url_env = "LOCAL_URL"
        roles = ["read", "simulate"]
        rate_limit = "25 / 1 s"

        [[relays]]
        name = "relay"
        url = "https://relay.example"
        dialect = "flashbots"
        rate_limits = { eth_sendBundle = "1800 / 60 s", "*" = "120 / 60 s" }

        [[relays]]
        name = "off"
        url = "https://off.example"
        dialect = "titan"
        enabled = false

        [[lenders]]
        kind = "morpho"
        address = "0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb"
        tokens = ["0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"]
    """,
    "protocols/lender-local.toml": """
        adapter = "lender"
        chain = "local"

        [settings]
        pool = "0x9000000000000000000000000000000000000001"
        fine = "0.2 ETH"
    """,
    "venues/market-local.toml": """
        adapter = "market"
        chain = "local"

        [settings]
        pool = "0x9000000000000000000000000000000000000002"
    """,
    "strategies/liquidation.toml": """
        strategy = "liquidation"

        [settings.appetite]
        min_profit = "0.02 ETH"
        tip_bps = 3000
        max_tip = "2 ETH"
        flat_tip = "1_000 gwei"

        [settings.protocols.lender]
        ways = ["auction", "amm"]
    """,
}
ENVIRON = {"LOCAL_URL": "http://user:SECRET-PASSWORD@127.0.0.1:8545/?key=SECRET-QUERY"}


class LenderSettings(Section):
    pool: AddressField
    fine: Amount


class MarketSettings(Section):
    pool: AddressField


_KNOWN: dict[str, dict[str, type[BaseModel]]] = {
    PROTOCOLS: {"lender": LenderSettings},
    VENUES: {"market": MarketSettings},
    STRATEGIES: {"liquidation": Liquidation.Config},
}


def resolver(group: str, kind: str) -> type[BaseModel]:
    try:
        return _KNOWN[group][kind]
    except KeyError:
        raise LookupError(*_KNOWN[group]) from None


def write_config(directory: Path) -> Path:
    for name, text in FILES.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory


def replace_in(path: Path, old: str, new: str) -> None:
    """Spoil one place of a file; the place has to be there."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
