"""Who owes what, and who would buy: the loans, pools and offers of the demo, each with what has to become of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from keeper.devnet.node import Json
from keeper.devnet.world import DOLLAR_IN_WEI, World
from keeper.domain.denials import DenialCode
from keeper.domain.units import ETHER, Address, Wei

BEND, PARA = "benddao_v1/benddao-v1", "paraspace/paraspace"
_DEBT = Wei(69 * ETHER // 10)
"""A piece is worth 10 ether before its price falls."""
_ROBOTS = 3


class Ending(StrEnum):
    """What has to become of a loan."""

    POOL = "bought, sold to a pool"
    OFFER = "bought, sold to an offer, tokens seized"
    SPLIT = "bought whole, sold over several"
    WON = "auction won, piece sold"
    REDEEMED = "redeemed, fine booked"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Case:
    """One loan. ``position`` is its key as text; ``refusal`` what has to be said of one that is refused."""

    name: str
    position: str
    ending: Ending
    refusal: DenialCode | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Cast:
    cases: tuple[Case, ...]
    orders: Sequence[dict[str, Json]]
    redeemer: Address
    redeemed_loan: int
    started_by_rival: tuple[tuple[Address, str], ...]
    """Whose auctions somebody else starts, since the keeper sees no use in it: borrower and collection."""


async def gather(world: World) -> Cast:
    """Opens pools, signs offers and takes out loans, on a chain that still mines at once."""
    people = iter(world.actors.borrowers)
    redeemer = next(people)
    cases = await _bend_loans(world, next(people), redeemer)
    (redeemed,) = [case for case in cases if case.ending is Ending.REDEEMED]
    await _open_pools(world)
    accounts = {
        "faces": (Ending.POOL, None, "best exit: an ETH pool on a linear curve"),
        "birds": (Ending.POOL, None, "best exit: a WETH pool on an exponential curve"),
        "cats": (Ending.OFFER, None, "best exit: a signed offer; the purchase opens a second liquidation"),
        "robots": (Ending.SPLIT, None, "three pieces at once, more than any one place should take"),
        "frogs": (Ending.REFUSED, DenialCode.SIMULATION_REVERTED, "the collection's transfers revert"),
        "ghosts": (Ending.REFUSED, DenialCode.EXIT_MAKER_UNFUNDED, "the offer's maker has no money"),
        "mirages": (Ending.REFUSED, DenialCode.EXIT_POOL_SHORT, "the pool quotes a price that it cannot pay"),
    }
    borrower_of: dict[str, Address] = {}
    for name, (ending, refusal, why) in accounts.items():
        borrower = borrower_of[name] = next(people)
        pieces = _ROBOTS if ending is Ending.SPLIT else 1
        await world.mint(name, borrower, 1, pieces)
        await world.para.borrow(
            borrower, world.collections[name], range(1, pieces + 1), world.weth, Wei(pieces * _DEBT)
        )
        cases.append(Case(name, f"{PARA}/{borrower}", ending, refusal, why))
    await world.collections["frogs"].send(world.actors.admin, "setFrozen", True)
    return Cast(
        cases=tuple(cases),
        orders=await _sign_offers(world),
        redeemer=redeemer,
        redeemed_loan=int(redeemed.position.removeprefix(f"{BEND}/")),
        started_by_rival=tuple((borrower_of[name], name) for name in ("ghosts", "mirages")),
    )


async def _bend_loans(world: World, borrower: Address, redeemer: Address) -> list[Case]:
    """Five loans: one whose auction is to be won, one that is redeemed, three that are none of ours."""
    apes, weth, dollar = world.collections["apes"], world.weth, world.dollar
    dollars = Wei(_DEBT * 10**6 // DOLLAR_IN_WEI)
    for token_id, owner in ((1, borrower), (2, redeemer), (3, borrower)):
        await world.mint("apes", owner, token_id)
    for name in ("dust", "crowns"):
        await world.mint(name, borrower, 1)
    await weth.send(redeemer, "deposit", value=20 * ETHER)
    await weth.send(redeemer, "approve", world.bend.pool.address, 2**256 - 1)
    loans = [
        await world.bend.borrow(borrower, apes, 1, weth, _DEBT),
        await world.bend.borrow(redeemer, apes, 2, weth, _DEBT),
        await world.bend.borrow(borrower, apes, 3, dollar, dollars),
        await world.bend.borrow(borrower, world.collections["dust"], 1, weth, _DEBT),
        await world.bend.borrow(borrower, world.collections["crowns"], 1, weth, Wei(4 * _DEBT)),
    ]
    about = (
        ("apes 1", Ending.WON, None, "an auction, carried to its end"),
        ("apes 2", Ending.REDEEMED, None, "an auction that the borrower ends by paying"),
        ("apes 3", Ending.REFUSED, DenialCode.FUNDING_ASSET_UNSUPPORTED, "the debt is in dollars"),
        ("dust", Ending.REFUSED, DenialCode.EXIT_BELOW_COST, "no exit brings what a bid costs"),
        ("crowns", Ending.REFUSED, DenialCode.RISK_LIMIT_TRANSACTION, "more than one transaction may risk"),
    )
    return [
        Case(name, f"{BEND}/{loan}", ending, refusal, why)
        for loan, (name, ending, refusal, why) in zip(loans, about, strict=True)
    ]


async def _open_pools(world: World) -> None:
    trader, sudoswap, weth = world.actors.trader, world.sudoswap, world.weth

    async def pool(name: str, spot: str, delta: str, holds: str) -> None:
        await sudoswap.open_pool(
            trader, world.collections[name], spot=_ether(spot), delta=_ether(delta), holds=_ether(holds)
        )

    async def weth_pool(name: str, spot: str, growth: str, holds: str) -> None:
        await sudoswap.open_pool(
            trader,
            world.collections[name],
            spot=_ether(spot),
            delta=_ether(growth),
            holds=_ether(holds),
            token=weth,
            exponential=True,
        )

    await pool("apes", "9.2", "0.1", "40")
    await pool("dust", "7.5", "0.1", "20")
    await pool("crowns", "36", "0.5", "80")
    await pool("faces", "9.7", "0.2", "20")
    await weth_pool("birds", "9.6", "1.05", "20")
    await pool("cats", "7", "0.2", "20")
    await pool("robots", "8.7", "0.25", "30")
    await weth_pool("robots", "8.6", "1.05", "20")
    await pool("frogs", "9.7", "0.2", "20")
    await pool("mirages", "12", "0.2", "0.5")


async def _sign_offers(world: World) -> list[dict[str, Json]]:
    market = world.seaport
    patron, collector, ghost = world.actors.makers[:3]
    await market.fund(patron, _ether("20"))
    await market.fund(collector, _ether("20"))
    await market.fund(ghost, Wei(0))
    wanted = ((patron, "cats", "7.9"), (collector, "robots", "8.55"), (ghost, "ghosts", "9.5"))
    return [
        await market.sign_offer(maker, world.collections[name], _ether(pays), salt)
        for salt, (maker, name, pays) in enumerate(wanted, start=1)
    ]


def _ether(amount: str) -> Wei:
    whole, _, part = amount.partition(".")
    return Wei(int(whole) * ETHER + int(part.ljust(18, "0")))
