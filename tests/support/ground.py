"""A place to prove plans on: the local world with its executor, a relay that builds its blocks, and gifts as profit.

The simplest plan that is true in every part: somebody has approved the executor for some WETH, and the program takes
it. What it earns is known to the wei; the contract, the node, the relay and the tip are the real ones.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import aiohttp
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from keeper.book import Book
from keeper.chain.http_client import HttpClient
from keeper.chain.reader import Reader
from keeper.chain.rpc import Endpoint
from keeper.chain.signer import LocalSigner, SignedTransaction
from keeper.devnet.relay import Relay as LocalRelay
from keeper.devnet.world import COINBASE, World, deployed
from keeper.domain.blocks import Header
from keeper.domain.calls import Call
from keeper.domain.env import Env
from keeper.domain.plans import Economics, Flash, FlashKind, Plan, Shape, TipRule
from keeper.domain.positions import PositionKey
from keeper.domain.steps import Proof
from keeper.domain.tokens import balance_of, word
from keeper.domain.units import ETHER, Address, Bps, Wei
from keeper.execution.envelope import Envelope, calldata
from keeper.execution.relays import Relay, RelaySettings, SignedRequests, open_session
from keeper.simulation import Simulator

TIP = TipRule(Bps(3_000), Wei(ETHER))
FLAT_TIP = Wei(10**15)
GAS = 250_000
PRIORITY_FEE = Wei(1)
SINK = Address("0x" + "51" * 20)
_TRANSFER_FROM = keccak(text="transferFrom(address,address,uint256)")[:4]
_TRANSFER = keccak(text="transfer(address,uint256)")[:4]
_UNLIMITED = 2**256 - 1


@dataclass(frozen=True, slots=True)
class Ground:
    world: World
    relay: LocalRelay
    reader: Reader
    session: aiohttp.ClientSession
    requests: SignedRequests
    operators: tuple[LocalSigner, ...]

    @property
    def weth(self) -> Address:
        return self.world.weth.address

    async def head(self) -> Header:
        return await self.reader.block("latest")

    async def env(self) -> Env:
        """The next block, with nothing known."""
        return Env.after(await self.head(), Book(), self.world.executor, 12)

    def take(self, amount: int) -> Call:
        """The program's one call: the gift."""
        data = word(self.world.actors.trader) + word(self.world.executor) + word(amount)
        return Call(self.weth, _TRANSFER_FROM + data)

    async def gift(
        self, amount: int = ETHER, *, id_: str = "gift", flash: int = 0, min_profit: int = 0, calls: Sequence[Call] = ()
    ) -> Plan:
        """A plan for the next block that takes a gift, after ``calls``, inside a free flash loan if one is asked for."""
        env = await self.env()
        flashes = (Flash(FlashKind.MORPHO, self.world.lenders.morpho.address, self.weth, Wei(flash), Wei(0)),)
        economics = Economics(
            proceeds=Wei(amount),
            pays=Wei(0),
            flash_fees=Wei(0),
            gain=Wei(amount),
            tip=TIP.of(amount),
            gas=GAS,
            gas_cost=Wei(GAS * env.base_fee),
        )
        return Plan(
            id=id_,
            strategy="gifts",
            position=PositionKey(31337, "gifts", "local", id_),
            shape=Shape.ATOMIC,
            target_block=env.block,
            timestamp=env.timestamp,
            base_fee=env.base_fee,
            steps=(),
            sales=(),
            flashes=flashes if flash else (),
            calls=(*calls, self.take(amount)),
            proofs=(),
            min_profit=Wei(min_profit),
            tip=TIP,
            economics=economics,
            own_capital=Wei(0),
            binds=Wei(0),
            resources=frozenset({id_}),
        )

    async def bid(self, amount: int = ETHER, *, id_: str = "bid") -> Plan:
        """A plan that binds own WETH somewhere, and proves that it is there."""
        before = await self.reader.call_many([balance_of(self.weth, SINK)], "latest")
        assert isinstance(before[0], bytes)
        expected = encode(["uint256"], [int.from_bytes(before[0]) + amount])
        plan = await self.gift(id_=id_)
        economics = replace(plan.economics, proceeds=Wei(0), pays=Wei(amount), gain=Wei(-amount), tip=FLAT_TIP)
        return replace(
            plan,
            shape=Shape.INVENTORY,
            calls=(Call(self.weth, _TRANSFER + word(SINK) + word(amount)),),
            proofs=(Proof(balance_of(self.weth, SINK), expected),),
            tip=TipRule(Bps(0), FLAT_TIP),
            economics=economics,
            own_capital=Wei(amount),
            binds=Wei(amount),
        )

    async def wealth(self) -> int:
        """The executor's WETH."""
        (answer,) = await self.reader.call_many([balance_of(self.weth, self.world.executor)], "latest")
        assert isinstance(answer, bytes)
        return int.from_bytes(answer)

    async def envelope(self, plan: Plan, operator: int = 0) -> Envelope:
        account = self.operators[operator].address
        nonce = await self.reader.nonce(account)
        return Envelope(plan, 31337, account, nonce, self.world.executor, PRIORITY_FEE, calldata(plan))

    async def signed(self, plan: Plan, operator: int = 0, gas_used: int = 400_000) -> SignedTransaction:
        """The plan's transaction, without any simulation."""
        envelope = await self.envelope(plan, operator)
        return await self.operators[operator].sign_transaction(envelope.fields(gas_used))

    def client_of(self, url: str, *, name: str = "local", seconds: float = 1.5, simulates: bool = True) -> Relay:
        """The keeper's client of a relay."""
        return Relay(RelaySettings(name, url, simulates=simulates, timeout_seconds=seconds), self.session)

    def simulator(self, *relays: Relay, reader: Reader | None = None) -> Simulator:
        """With the local relay where no other is given."""
        return Simulator(
            reader or self.reader,
            relays or (self.client_of(self.relay.url),),
            self.requests,
            self.weth,
            lambda _, revert: revert.hex(),
        )


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """The world, open, with an approval for gifts."""
    async with deployed() as world:
        await world.weth.send(world.actors.trader, "approve", world.executor, _UNLIMITED)
        await world.open()
        async with (
            LocalRelay(world.anvil.url, coinbase=COINBASE) as relay,
            HttpClient(Endpoint(world.anvil.url)) as client,
            open_session() as session,
        ):
            operators = tuple(LocalSigner(key) for key in world.keys.operators)
            requests = SignedRequests(LocalSigner(world.keys.auth))
            yield Ground(world, relay, Reader(client), session, requests, operators)
