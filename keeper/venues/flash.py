"""Flash lenders: who lends what now, and for how much. Lenders that do not answer, or are shut, lend nothing."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, TypeVar

from keeper.chain.codec import Function
from keeper.config import AddressField, Section
from keeper.domain.calls import Read, Reading, View
from keeper.domain.plans import FlashKind, Lender
from keeper.domain.units import WAD, Address, Wei
from keeper.venues.answers import decoded
from keeper.venues.tokens import BALANCE_OF

T = TypeVar("T")

_AAVE_PREMIUM = Function.parse("FLASHLOAN_PREMIUM_TOTAL() returns (uint128)")
_AAVE_RESERVE = Function.parse(
    "getReserveData(address asset) returns ((uint256 configuration, uint128 liquidityIndex,"
    " uint128 currentLiquidityRate, uint128 variableBorrowIndex, uint128 currentVariableBorrowRate,"
    " uint128 currentStableBorrowRate, uint40 lastUpdateTimestamp, uint16 id, address aTokenAddress,"
    " address stableDebtTokenAddress, address variableDebtTokenAddress, address interestRateStrategyAddress,"
    " uint128 accruedToTreasury, uint128 unbacked, uint128 isolationModeTotalDebt))"
)
_ACTIVE, _PAUSED, _FLASH_LOANS = 1 << 56, 1 << 60, 1 << 63
"""Flags of Aave v3's ReserveConfiguration."""
_BALANCER_COLLECTOR = Function.parse("getProtocolFeesCollector() returns (address)")
_BALANCER_FEE = Function.parse("getFlashLoanFeePercentage() returns (uint256)")
_BALANCER_PAUSED = Function.parse(
    "getPausedState() returns (bool paused, uint256 pauseWindowEndTime, uint256 bufferPeriodEndTime)"
)
_UNISWAP_TOKENS = (Function.parse("token0() returns (address)"), Function.parse("token1() returns (address)"))
_UNISWAP_FEE = Function.parse("fee() returns (uint24)")
_UNISWAP_LIQUIDITY = Function.parse("liquidity() returns (uint128)")
_PPM = 1_000_000


class FlashLenders:
    """Every configured lender, read in two batches. Implements ``LenderSource``."""

    class Config(Section):
        """``tokens`` are those that anybody wants to borrow; a Uniswap pool lends those of its two that are among them.

        The lenders' own contracts: Morpho Blue, Aave v3's Pool, Balancer v2's Vault, Uniswap v3 pools.
        """

        tokens: tuple[AddressField, ...]
        morpho: tuple[AddressField, ...] = ()
        aave_v3: tuple[AddressField, ...] = ()
        balancer_v2: tuple[AddressField, ...] = ()
        uniswap_v3: tuple[AddressField, ...] = ()

    def __init__(self, config: Config) -> None:
        self.config = config

    def read(self) -> Reading[Sequence[Lender]]:
        """What each lender has and asks now; nothing of those that have nothing."""
        config, tokens = self.config, self.config.tokens
        lenders = yield from _together(
            [
                *(_morpho(address, token) for address in config.morpho for token in tokens),
                *(_aave(address, token) for address in config.aave_v3 for token in tokens),
                *(_balancer(address, token) for address in config.balancer_v2 for token in tokens),
                *(_uniswap(address, token) for address in config.uniswap_v3 for token in tokens),
            ]
        )
        return [lender for lender in lenders if lender is not None and lender.available > 0]


def _morpho(address: Address, token: Address) -> Reading[Lender | None]:
    (balance,) = yield from _ask((BALANCE_OF, BALANCE_OF.view(token, address)))
    return _lender(FlashKind.MORPHO, address, token, balance, 0)


def _aave(address: Address, token: Address) -> Reading[Lender | None]:
    """What lies in the reserve's aToken, while the reserve is active, not paused and open for flash loans."""
    premium, reserve = yield from _ask(
        (_AAVE_PREMIUM, _AAVE_PREMIUM.view(address)), (_AAVE_RESERVE, _AAVE_RESERVE.view(address, token))
    )
    if premium is None or reserve is None:
        return None
    if reserve.configuration & (_ACTIVE | _PAUSED | _FLASH_LOANS) != _ACTIVE | _FLASH_LOANS:
        return None
    (balance,) = yield from _ask((BALANCE_OF, BALANCE_OF.view(token, reserve.aTokenAddress)))
    return _lender(FlashKind.AAVE_V3, address, token, balance, premium * 100)


def _balancer(address: Address, token: Address) -> Reading[Lender | None]:
    balance, collector, pause = yield from _ask(
        (BALANCE_OF, BALANCE_OF.view(token, address)),
        (_BALANCER_COLLECTOR, _BALANCER_COLLECTOR.view(address)),
        (_BALANCER_PAUSED, _BALANCER_PAUSED.view(address)),
    )
    if collector is None or pause is None or pause.paused:
        return None
    (share,) = yield from _ask((_BALANCER_FEE, _BALANCER_FEE.view(collector)))
    return (
        None if share is None else _lender(FlashKind.BALANCER_V2, address, token, balance, Fraction(share * _PPM, WAD))
    )


def _uniswap(address: Address, token: Address) -> Reading[Lender | None]:
    """A pool lends its own tokens, and only while somebody's liquidity is in range."""
    first, second, fee, liquidity, balance = yield from _ask(
        *((function, function.view(address)) for function in (*_UNISWAP_TOKENS, _UNISWAP_FEE, _UNISWAP_LIQUIDITY)),
        (BALANCE_OF, BALANCE_OF.view(token, address)),
    )
    if token not in {first, second} or fee is None or not liquidity:
        return None
    return _lender(FlashKind.UNISWAP_V3, address, token, balance, fee)


def _lender(
    kind: FlashKind, address: Address, token: Address, balance: int | None, fee_ppm: int | Fraction
) -> Lender | None:
    return None if balance is None else Lender(kind, address, token, Wei(balance), fee_ppm)


def _ask(*questions: tuple[Function, View]) -> Reading[list[Any]]:
    """The decoded answers; ``None`` for a view that reverted or answered with something else."""
    answers = yield [view for _, view in questions]
    return [decoded(function, answer) for (function, _), answer in zip(questions, answers, strict=True)]


def _together(readings: Iterable[Reading[T]]) -> Reading[list[T]]:
    """Several readings side by side: what they ask for at the same time is asked in one batch."""
    results: dict[int, T] = {}
    asking: dict[int, tuple[Reading[T], list[Read]]] = {}
    for index, reading in enumerate(readings):
        asking[index] = (reading, next(reading))
    count = len(asking)
    while asking:
        answers = iter((yield [read for _, reads in asking.values() for read in reads]))
        for index, (reading, reads) in list(asking.items()):
            try:
                asking[index] = (reading, reading.send([next(answers) for _ in reads]))
            except StopIteration as done:
                results[index] = done.value
                del asking[index]
    return [results[index] for index in range(count)]
