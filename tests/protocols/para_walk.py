"""Random lives of accounts on ParaSpace, and the oracles and admins around them."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from keeper.domain.units import ETHER, Address
from tests.protocols.local import Refused
from tests.protocols.para_world import ParaWorld


@dataclass(slots=True)
class Walk:
    world: ParaWorld
    dice: random.Random
    kinds: set[str] = field(default_factory=set)
    """What succeeded at least once."""

    def take(self, steps: int) -> None:
        """So many successful actions, each in its own block at its own random second."""
        done = 0
        while done < steps:
            name, action = self.dice.choice(self._actions())
            try:
                self.world.chain.rpc("evm_increaseTime", self.dice.choice((3, 1800, 86400)))
                action()
            except Refused:
                continue
            self.kinds.add(name)
            done += 1

    def _actions(self) -> list[tuple[str, Callable[[], None]]]:
        return [
            *[("supply", self._supply)] * 2,
            *[("supply_nfts", self._supply_nfts)] * 3,
            *[("borrow", self._borrow)] * 4,
            ("repay", self._repay),
            ("repay", self._repay),
            ("withdraw", self._withdraw),
            ("withdraw_nfts", self._withdraw_nfts),
            ("reprice", self._reprice),
            ("traits", self._traits),
            ("transfer", self._transfer),
            ("transfer", self._transfer),
            ("start", self._start),
            ("buy", self._buy),
            ("seize", self._seize),
            ("answer", self._answer),
        ]

    def _user(self) -> Address:
        return self.dice.choice(self.world.users)

    def _token(self) -> Address:
        return self.dice.choice((self.world.weth, self.world.dollar))

    def _nft(self) -> Address:
        return self.dice.choice((self.world.apes, self.world.punks))

    def _amount(self, token: Address, most: int) -> int:
        return self.dice.randint(1, most * 10**18) // (1 if token == self.world.weth else 555_550_000_000_000) + 1

    def _id_of(self, user: Address) -> int:
        return 1000 * (self.world.users.index(user) + 2) + self.dice.randrange(5)

    def _supply(self) -> None:
        token = self._token()
        self.world.supply(self._user(), token, self._amount(token, 30))

    def _supply_nfts(self) -> None:
        user = self._user()
        self.world.supply_nfts(user, self._nft(), [self._id_of(user)], used=self.dice.random() < 0.8)

    def _borrow(self) -> None:
        token = self._token()
        self.world.borrow(self._user(), token, self._amount(token, 60))

    def _repay(self) -> None:
        user, token = self._user(), self._token()
        amount = self.dice.choice((self._amount(token, 10), 2**256 - 1, 1))
        self.world.chain.do(user, self.world.pool, "repay(address,uint256,address)", token, amount, user)

    def _withdraw(self) -> None:
        user, token = self._user(), self._token()
        amount = self.dice.choice((self._amount(token, 10), 2**256 - 1))
        self.world.chain.do(user, self.world.pool, "withdraw(address,uint256,address)", token, amount, user)

    def _withdraw_nfts(self) -> None:
        user = self._user()
        self.world.chain.do(
            user, self.world.pool, "withdrawERC721(address,uint256[],address)", self._nft(), [self._id_of(user)], user
        )

    def _transfer(self) -> None:
        user, nft = self._user(), self._nft()
        self.world.chain.do(
            user,
            self.world.x_tokens[nft],
            "transferFrom(address,address,uint256)",
            user,
            self._user(),
            self._id_of(user),
        )

    def _traits(self) -> None:
        nft = self._nft()
        ids = [self._id_of(self._user()) for _ in range(3)]
        multipliers = [self.dice.randint(10**17, 3 * 10**18) for _ in ids]
        self.world.chain.do(
            self.world.admin,
            self.world.x_tokens[nft],
            "setTraitsMultipliers(uint256[],uint256[])",
            ids,
            multipliers,
        )

    def _reprice(self) -> None:
        self.world.reprice(self._nft(), self.dice.randint(15 * ETHER, 110 * ETHER))

    def _answer(self) -> None:
        self.world.chain.do(
            self.world.admin, self.world.dollar_feed, "set(int256)", self.dice.randint(4 * 10**14, 7 * 10**14)
        )

    def _start(self) -> None:
        user = self._user()
        self.world.chain.do(
            self.world.keeper,
            self.world.pool,
            "startAuction(address,address,uint256)",
            user,
            self._nft(),
            self._id_of(user),
        )

    def _buy(self) -> None:
        user = self._user()
        self.world.chain.do(
            self.world.keeper,
            self.world.pool,
            "liquidateERC721(address,address,uint256,uint256,bool)",
            self._nft(),
            user,
            self._id_of(user),
            2**200,
            False,
        )

    def _seize(self) -> None:
        self.world.chain.do(
            self.world.keeper,
            self.world.pool,
            "liquidateERC20(address,address,address,uint256,bool)",
            self._token(),
            self._token(),
            self._user(),
            self.dice.choice((2**200, 10**9)),
            self.dice.random() < 0.3,
        )
