"""Random lives of loans on BendDAO: whatever a user, a feeder or an admin may do, and some that is refused."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from keeper.chain.codec import Function, Record
from keeper.domain.units import ETHER, Address
from tests.protocols.bend_world import HOURS, BendWorld
from tests.protocols.local import Refused

GET_LOAN = Function.parse(
    "getLoan(uint256) returns ((uint256 id, uint8 state, address borrower, address nft, uint256 token, address reserve, "
    "uint256 scaled, uint256 start, address bidder, uint256 bid, uint256 debtAtBid, address first))"
)
DEBT_DATA = Function.parse(
    "getNftDebtData(address,uint256) returns (uint256 id, address reserve, uint256 collateral, uint256 debt, "
    "uint256 available, uint256 health)"
)
OPEN, IN_AUCTION = 2, 3


@dataclass(slots=True)
class Walk:
    world: BendWorld
    dice: random.Random
    kinds: set[str] = field(default_factory=set)
    """What succeeded at least once."""
    _prices: dict[Address, int] = field(default_factory=dict)
    _next_token: int = 0

    def take(self, steps: int) -> None:
        """So many successful actions, each in its own block at its own random second."""
        done = 0
        while done < steps:
            name, action = self.dice.choice(self._actions())
            try:
                self.world.chain.rpc("evm_increaseTime", self.dice.choice((3, 1800, 3 * HOURS, 8 * HOURS)))
                did = action()
            except Refused:
                continue
            if did:
                self.kinds.add(name)
                done += 1

    def _actions(self) -> list[tuple[str, Callable[[], bool]]]:
        once = [
            *[("borrow", self._borrow)] * 4,
            ("more", self._more),
            ("repay", self._repay),
            *[("push", self._push)] * 4,
            ("bid", self._bid),
            ("bid", self._bid),
            ("bid", self._bid),
            ("redeem", self._redeem),
            ("finalise", self._finalise),
        ]
        return [
            *once,
            ("answer", self._answer),
            ("deposit", self._deposit),
            ("pause", self._pause),
            ("hours", self._hours),
        ]

    def _loan(self, state: int, *, due: bool = False) -> Record | None:
        """A random loan in a state; if ``due``, one that is open has to be liquidatable."""
        world = self.world
        count = world.chain.view(world.loans, "getCurrentLoanId() returns (uint256)")
        loans = world.chain.views([(GET_LOAN, world.loans, (i,)) for i in range(1, count)])
        wanted = [loan for loan in loans if loan.state == state]
        if due and state == OPEN:
            data = world.chain.views([(DEBT_DATA, world.pool, (loan.nft, loan.token)) for loan in wanted])
            wanted = [loan for loan, row in zip(wanted, data, strict=True) if row.health < ETHER]
        return self.dice.choice(wanted) if wanted else None

    def _borrow(self) -> bool:
        world, dice = self.world, self.dice
        borrower = dice.randrange(len(world.borrowers))
        collection, reserve = dice.choice(world.collections), dice.choice((world.weth, world.weth, world.dollar))
        token = 1000 * (borrower + 2) + self._next_token % 40
        self._next_token += 1
        floor = (
            self._prices.get(collection, self._first_price(collection)) * (10 if collection == world.apes else 8) // 10
        )
        amount = floor * dice.randint(45, 59) // 100 + dice.randrange(10**9)
        if reserve == world.dollar:
            amount = amount * 10**6 // (55_555 * 10**10)
        world.borrow(world.borrowers[borrower], reserve, amount, collection, token)
        return True

    def _more(self) -> bool:
        loan = self._loan(OPEN)
        if loan is None:
            return False
        self.world.borrow(loan.borrower, loan.reserve, self.dice.randint(1, 5) * 10**6, loan.nft, loan.token)
        return True

    def _repay(self) -> bool:
        loan = self._loan(OPEN)
        if loan is None:
            return False
        amount = self.dice.choice((*(loan.scaled // share + 1 for share in (9, 15, 21, 50, 99, 200)), 2**200))
        self.world.chain.do(
            loan.borrower, self.world.pool, "repay(address,uint256,uint256)", loan.nft, loan.token, amount
        )
        return True

    def _push(self) -> bool:
        collection = self.dice.choice(self.world.collections)
        start = self._first_price(collection)
        last = self._prices.get(collection, start)
        price = last * (self.dice.randint(85, 102) if last > start * 45 // 100 else self.dice.randint(102, 118)) // 100
        self.world.push(collection, price)
        self._prices[collection] = price
        return True

    def _bid(self) -> bool:
        loan = self._loan(self.dice.choice((OPEN, OPEN, IN_AUCTION)), due=True)
        if loan is None:
            return False
        world, who = self.world, self.dice.choice(self.world.bidders[:3])
        asked = "getNftLiquidatePrice(address,uint256) returns (uint256 price, uint256 debt)"
        price = max(
            world.chain.view(world.pool, asked, loan.nft, loan.token).price * 1001 // 1000, loan.bid * 103 // 100
        )
        price += self.dice.randint(0, 10) * price // 100
        world.chain.do(who, world.pool, "auction(address,uint256,uint256,address)", loan.nft, loan.token, price, who)
        return True

    def _redeem(self) -> bool:
        loan = self._loan(IN_AUCTION)
        if loan is None:
            return False
        world = self.world
        _, debt = world.chain.view(
            world.loans, "getLoanReserveBorrowAmount(uint256) returns (address reserve, uint256 debt)", loan.id
        )
        amount = debt * self.dice.randint(51, 89) // 100
        world.chain.do(
            loan.borrower, world.pool, "redeem(address,uint256,uint256,uint256)", loan.nft, loan.token, amount, 2**200
        )
        return True

    def _finalise(self) -> bool:
        loan = self._loan(IN_AUCTION)
        if loan is None:
            return False
        world, caller = self.world, self.dice.choice(self.world.bidders)
        world.chain.do(caller, world.pool, "liquidate(address,uint256,uint256)", loan.nft, loan.token, 2**200)
        return True

    def _first_price(self, collection: Address) -> int:
        return {self.world.apes: 100 * ETHER, self.world.punks: 40 * ETHER}[collection]

    def _answer(self) -> bool:
        self.world.chain.do(self.world.admin, self.world.dollar_feed, "set(int256)", self.dice.randint(50_000, 60_000))
        return True

    def _deposit(self) -> bool:
        world = self.world
        amount = self.dice.randint(1, 10**20)
        world.chain.do(
            world.lender, world.pool, "deposit(address,uint256,address,uint16)", world.weth, amount, world.lender, 0
        )
        return True

    def _pause(self) -> bool:
        self.world.configure("setPoolPause(bool)", True)
        self.world.chain.rpc("evm_increaseTime", self.dice.randint(1, 5 * HOURS))
        self.world.configure("setPoolPause(bool)", False)
        return True

    def _hours(self) -> bool:
        collection, hours = self.dice.choice(self.world.collections), self.dice.randint(20, 60)
        self.world.configure(
            "configureNftAsAuction(address[],uint256,uint256,uint256)",
            [collection],
            hours,
            hours,
            self.dice.randint(0, 900),
        )
        return True
