"""Adapters, strategies and lenders, as the configuration has them switched on."""

from keeper.assembly.plugins import plugin
from keeper.config import PROTOCOLS, STRATEGIES, VENUES, ChainConfig, Configuration
from keeper.domain.plans import FlashKind
from keeper.domain.strategy import Strategy
from keeper.engine import Adapters
from keeper.venues.flash import FlashLenders


def make_adapters(configuration: Configuration) -> Adapters:
    """Every enabled protocol and venue of the configured chain."""
    chain_id = configuration.chain.chain_id
    return Adapters(
        (
            plugin(PROTOCOLS, each.adapter)(each.name, chain_id, each.settings)
            for each in configuration.enabled_protocols()
        ),
        (plugin(VENUES, each.adapter)(each.name, chain_id, each.settings) for each in configuration.enabled_venues()),
    )


def make_strategies(configuration: Configuration) -> list[Strategy]:
    """Every enabled strategy, from its own section."""
    return [
        plugin(STRATEGIES, each.strategy).from_config(each.name, each.settings)
        for each in configuration.enabled_strategies()
    ]


def make_lenders(chain: ChainConfig) -> FlashLenders:
    """The enabled flash lenders, by kind."""
    lenders = chain.enabled_lenders()
    by_kind = {kind.value: tuple(each.address for each in lenders if each.kind is kind) for kind in FlashKind}
    tokens = tuple(sorted({token for each in lenders for token in each.tokens}))
    return FlashLenders(FlashLenders.Config(tokens=tokens, **by_kind))
