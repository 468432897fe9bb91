"""A configuration is whole and right, or it is refused with file, key and what to write instead."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from keeper.config import FileKey, KeystoreKey, Mode, Role, kill_switch_of, load
from keeper.domain.errors import ConfigError
from keeper.domain.plans import Appetite, TipRule
from keeper.domain.units import ETHER, Bps, Wei
from strategies.liquidation import Liquidation, Way
from tests.support.configs import ENVIRON, LenderSettings, replace_in, resolver


def refused(directory: Path, environ: dict[str, str] | None = None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(directory, resolver, ENVIRON if environ is None else environ)
    assert caught.value.exit_code == 12
    return caught.value


def test_everything_is_read_typed_and_exact(directory: Path) -> None:
    configuration = load(directory, resolver, ENVIRON)
    assert configuration.keeper.mode is Mode.DRY_RUN
    assert configuration.keeper.limits.day_loss == ETHER // 2
    chain = configuration.chain
    assert (chain.chain_id, chain.block_seconds, chain.reorg_depth_blocks) == (31337, 12, 64)
    assert [endpoint.name for endpoint in chain.endpoints_for(Role.SIMULATE)] == ["http"]
    assert [relay.name for relay in chain.enabled_relays()] == ["relay"]
    relay = chain.relays[0]
    assert str(relay.rate_limit("eth_sendBundle")) == "1800 / 60 s"
    assert str(relay.rate_limit("eth_cancelBundle")) == "120 / 60 s"
    assert chain.relays[1].rate_limit("eth_sendBundle") is None
    (protocol,) = configuration.enabled_protocols()
    assert protocol.name == "lender-local"
    assert isinstance(protocol.settings, LenderSettings)
    assert protocol.settings.fine == ETHER // 5
    (strategy,) = configuration.enabled_strategies()
    assert isinstance(strategy.settings, Liquidation.Config)
    assert strategy.settings.appetite.to_domain() == Appetite(
        Wei(ETHER // 50), TipRule(Bps(3_000), Wei(2 * ETHER)), Wei(1_000 * 10**9)
    )
    assert strategy.settings.protocols["lender"].ways == {Way.AUCTION, Way.AMM}


def test_nothing_of_it_can_be_changed_afterwards(directory: Path) -> None:
    configuration = load(directory, resolver, ENVIRON)
    with pytest.raises(ValidationError, match="frozen"):
        configuration.keeper.mode = Mode.LIVE  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        configuration.chain.weth = configuration.chain.executor  # type: ignore[misc,assignment]


def test_relative_paths_are_the_same_from_everywhere(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(directory)
    keeper = load(Path(), resolver, ENVIRON).keeper
    assert keeper.kill_switch == directory.parent / "var" / "halt"
    assert keeper.ledger.reveal() == f"sqlite:///{directory.parent}/var/keeper.db"
    assert keeper.keys.operators == (
        FileKey(file=directory / "operator.key"),
        KeystoreKey(keystore=directory / "operator.json", password_file=Path("/run/password")),
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "key", "hint"),
    [
        ("keeper.toml", "mode =", "mod =", "mod", "did you mean mode?"),
        ("keeper.toml", "day_loss", "day_lose", "limits.day_lose", "did you mean day_loss?"),
        (
            "keeper.toml",
            "password_file",
            "pasword_file",
            "keys.operators[2].pasword_file",
            "did you mean password_file?",
        ),
        ("chains/local.toml", "block_time", "blocktime", "blocktime", "did you mean block_time?"),
        ("chains/local.toml", "dialect", "dialekt", "relays[1].dialekt", "did you mean dialect?"),
        ("chains/local.toml", "tokens", "tokes", "lenders[1].tokes", "did you mean tokens?"),
        ("chains/local.toml", "rate_limit =", "ratelimit =", "endpoints[2].ratelimit", "did you mean rate_limit?"),
        ("protocols/lender-local.toml", "fine", "finee", "settings.finee", "did you mean fine?"),
        ("protocols/lender-local.toml", "[settings]", "start = 1\n[settings]", "start", "known: adapter, chain"),
        ("strategies/liquidation.toml", "tip_bps", "tips_bps", "settings.appetite.tips_bps", "did you mean tip_bps?"),
        ("strategies/liquidation.toml", "ways", "way", "settings.protocols.lender.way", "did you mean ways?"),
    ],
)
def test_an_unknown_key_is_named_with_its_file_and_the_nearest_known_one(
    directory: Path, file: str, old: str, new: str, key: str, hint: str
) -> None:
    replace_in(directory / file, old, new)
    error = refused(directory)
    assert error.code == "CONFIG_UNKNOWN_KEY"
    assert error.message.startswith(f"{directory / file}: {key}: no such key; {hint}")


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("keeper.toml", '"dry-run"', '"drill"', "mode: input should be 'observe', 'dry-run' or 'live'"),
        ("keeper.toml", '"10 ETH"', "10", "limits.transaction: an amount with its unit is expected"),
        ("keeper.toml", "0xA9", "0xZ9", "limits.collections[1]: an address is expected"),
        ("keeper.toml", "allow_env = true", "allow_env = false", "keys.auth.allow_env: input should be True"),
        ("keeper.toml", '"sqlite:///../var/keeper.db"', "5", "ledger: a URL is expected"),
        ("chains/local.toml", "31337", "0", "chain_id: input should be greater than 0"),
        ("chains/local.toml", '"12 s"', "12", "block_time: a duration with its unit is expected"),
        ("chains/local.toml", "wss:", "https:", "endpoints[1]: roles: stream and pending need a websocket"),
        ("chains/local.toml", "wss:", "ftp:", "endpoints[1]: url: http, https, ws or wss is expected, not ftp"),
        ("chains/local.toml", '["stream"]', '["streem"]', "endpoints[1].roles"),
        ("chains/local.toml", '["stream"]', "[]", "endpoints[1].roles"),
        ("chains/local.toml", 'name = "http"', 'name = "ws"', "endpoints: two of them have the same name"),
        ("chains/local.toml", '"morpho"', '"morphine"', "lenders[1].kind: input should be 'morpho'"),
        ("chains/local.toml", "25 / 1 s", "25", "endpoints[2].rate_limit: a rate is expected"),
        ("chains/local.toml", "url_env =", 'url = "http://x"\nurl_env =', "endpoints[2]: exactly one of url"),
        (
            "protocols/lender-local.toml",
            '"lender"',
            '"lander"',
            "adapter: there is no adapter lander; did you mean lender?",
        ),
        (
            "protocols/lender-local.toml",
            'adapter = "lender"',
            "",
            "adapter: a name is expected, as `keeper protocols` lists them",
        ),
        (
            "protocols/lender-local.toml",
            '"local"',
            '"locale"',
            "chain: there is no chains/locale.toml; did you mean local?",
        ),
        ("protocols/lender-local.toml", 'pool = "0x9', 'pool = "9', "settings.pool: an address is expected"),
        ("protocols/lender-local.toml", 'fine = "0.2 ETH"', "", "settings.fine: field required"),
        (
            "strategies/liquidation.toml",
            "3000",
            "10001",
            "settings.appetite.tip_bps: input should be less than or equal to 10000",
        ),
        (
            "strategies/liquidation.toml",
            '"liquidation"',
            '"liquidate"',
            "strategy: there is no strategy liquidate; did you mean liquidation?",
        ),
        ("strategies/liquidation.toml", 'strategy = "liquidation"', "", "strategy: a name is expected"),
        (
            "strategies/liquidation.toml",
            '"amm"',
            '"aam"',
            "settings.protocols.lender.ways[2]: input should be 'auction', 'discount' or 'amm'",
        ),
        (
            "keeper.toml",
            'chain = "local"',
            'chain = "lokal"',
            "chain: there is no chains/lokal.toml; did you mean local?",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_is_expected(
    directory: Path, file: str, old: str, new: str, message: str
) -> None:
    replace_in(directory / file, old, new)
    error = refused(directory)
    assert error.code == "CONFIG_INVALID"
    assert error.message.startswith(f"{directory / file}: {message}")


def test_all_problems_of_a_file_are_told_at_once_unknown_keys_first(directory: Path) -> None:
    replace_in(directory / "keeper.toml", "total =", "totel =")
    replace_in(directory / "keeper.toml", '"10 ETH"', '"ten ETH"')
    lines = refused(directory).message.split("\n")
    assert [line.split(": ")[1] for line in lines] == ["limits.totel", "limits.transaction", "limits.total"]


def test_a_file_that_is_no_toml_is_named_with_the_line(directory: Path) -> None:
    replace_in(directory / "chains/local.toml", "chain_id =", "chain_id")
    error = refused(directory)
    assert error.code == "CONFIG_SYNTAX"
    assert "local.toml" in error.message
    assert "line 2" in error.message
    (directory / "chains/local.toml").write_bytes(b"\xff\xfe")
    assert refused(directory).code == "CONFIG_SYNTAX"


def test_a_directory_without_a_configuration_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere").code == "CONFIG_MISSING"


def test_a_protocol_and_a_venue_may_not_have_the_same_name(directory: Path) -> None:
    (directory / "venues/market-local.toml").rename(directory / "venues/lender-local.toml")
    assert "the same name" in refused(directory).message


def test_what_is_switched_off_or_elsewhere_is_not_enabled(directory: Path) -> None:
    replace_in(directory / "protocols/lender-local.toml", "adapter", "enabled = false\nadapter")
    replace_in(directory / "strategies/liquidation.toml", "strategy =", "enabled = false\nstrategy =")
    configuration = load(directory, resolver, ENVIRON)
    assert configuration.enabled_protocols() == ()
    assert configuration.enabled_strategies() == ()
    assert len(configuration.enabled_venues()) == 1
    assert len(configuration.protocols) == 1


def test_a_chain_that_is_not_worked_on_has_no_adapters_enabled(directory: Path) -> None:
    (directory / "chains/other.toml").write_text((directory / "chains/local.toml").read_text())
    configuration = load(directory, resolver, {**ENVIRON, "KEEPER_CHAIN": "other"})
    assert configuration.enabled_venues() == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        ("keeper.toml", 'operators = [{ file = "operator.key" }, ', "operators = [] # ", "keys.operators"),
        ("keeper.toml", "auth =", "# auth =", "keys.auth"),
        ("chains/local.toml", "executor =", "# executor =", "executor"),
        ("chains/local.toml", 'dialect = "flashbots"', 'dialect = "flashbots"\nenabled = false', "relays"),
    ],
)
def test_live_mode_needs_what_sending_needs(directory: Path, file: str, old: str, new: str, key: str) -> None:
    replace_in(directory / file, old, new)
    assert load(directory, resolver, {**ENVIRON, "KEEPER_MODE": "observe"}).keeper.mode is Mode.OBSERVE
    error = refused(directory, {**ENVIRON, "KEEPER_MODE": "live"})
    assert error.code == "CONFIG_INVALID"
    assert f": {key}: " in error.message


def test_a_dry_run_with_operators_needs_the_executor_that_they_would_call(directory: Path) -> None:
    replace_in(directory / "chains/local.toml", "executor =", "# executor =")
    assert ": executor: " in refused(directory, ENVIRON).message
    replace_in(directory / "keeper.toml", 'operators = [{ file = "operator.key" }, ', "operators = [] # ")
    assert load(directory, resolver, ENVIRON).keeper.mode is Mode.DRY_RUN


def test_the_kill_switch_is_found_though_the_rest_is_wrong(directory: Path) -> None:
    good = load(directory, resolver, ENVIRON).keeper.kill_switch
    (directory / "chains/local.toml").write_text("not = [toml")
    assert kill_switch_of(directory, ENVIRON) == good
