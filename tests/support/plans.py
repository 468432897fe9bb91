"""Plans made of a few numbers, for what does not look into their steps."""

from collections.abc import Iterable

from keeper.domain.calls import Call
from keeper.domain.plans import Economics, Plan, Shape, TipRule
from keeper.domain.positions import PositionKey
from keeper.domain.units import ETHER, GWEI, Address, Bps, Wei

APES = Address("0x" + "a9" * 20)
PUNKS = Address("0x" + "b7" * 20)


def make_plan(
    id_: str = "plan",
    *,
    native_id: str = "1",
    gain: int = ETHER,
    tip: int = ETHER // 10,
    gas_cost: int = ETHER // 100,
    own_capital: int = 0,
    binds: int = 0,
    target_block: int = 100,
    collections: Iterable[Address] = (APES,),
) -> Plan:
    """A liquidation of one loan; one that binds capital is a bid."""
    return Plan(
        id=id_,
        strategy="liquidation",
        position=PositionKey(1, "lender", "lender-local", native_id),
        shape=Shape.INVENTORY if binds else Shape.ATOMIC,
        target_block=target_block,
        timestamp=1_700_000_000,
        base_fee=Wei(10 * GWEI),
        steps=(),
        sales=(),
        flashes=(),
        calls=(Call(APES, b"\x01\x02"),),
        proofs=(),
        min_profit=Wei(0),
        tip=TipRule(Bps(1_000), Wei(ETHER)),
        economics=Economics(Wei(0), Wei(0), Wei(0), Wei(gain), Wei(tip), 500_000, Wei(gas_cost)),
        own_capital=Wei(own_capital),
        binds=Wei(binds),
        resources=frozenset(),
        collections=frozenset(collections),
        notes={"floor": 80 * ETHER},
    )
