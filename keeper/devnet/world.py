"""The local world: every contract and everybody in it, deployed on a fresh chain in a few seconds.

Real contracts where an npm package ships them (WETH9, Seaport 1.6, Chainlink's FluxAggregator, Balancer v2, Aave v3), our
own equal ones elsewhere (BendDAO, ParaSpace, Sudoswap v2, Morpho). Nobody owes anything yet: ``cast`` sets the stage.
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from eth_account import Account
from eth_utils.crypto import keccak

from keeper.devnet.anvil import Anvil, AnvilOptions
from keeper.devnet.artifacts import Artifact
from keeper.devnet.bend import TWAP_SECONDS, BendDao, deploy_bend
from keeper.devnet.contract_set import load_contracts
from keeper.devnet.lenders import Lenders, deploy_lenders
from keeper.devnet.markets import SeaportMarket, Sudoswap, deploy_seaport, deploy_sudoswap
from keeper.devnet.paraspace import ParaSpace, deploy_paraspace
from keeper.devnet.workbench import Contract, Workbench
from keeper.domain.units import ETHER, GWEI, ZERO_ADDRESS, Address, Wei, to_address
from keeper.execution.program import load_artifact as load_executor

CHAIN_ID = 31337
COINBASE = to_address("0x" + "c0" * 20)
OPERATORS = 4
BASE_FEE = Wei(8 * GWEI)
EXECUTOR_WETH = Wei(60 * ETHER)
MORPHO_WETH, BALANCER_WETH, AAVE_WETH = Wei(20 * ETHER), Wei(8 * ETHER), Wei(1_000 * ETHER)
DOLLAR_IN_WEI = 5 * 10**14
BEND_PRICES = {"apes": Wei(10 * ETHER), "crowns": Wei(40 * ETHER), "dust": Wei(10 * ETHER)}
PARA_PRICES = {name: Wei(10 * ETHER) for name in ("faces", "birds", "cats", "robots", "frogs", "ghosts", "mirages")}
_FROZEN = "frogs"
_LIQUIDITY = Wei(5_000 * ETHER)
_DOLLARS = 10**13
_RICH_ETHER = 1_000_000
_DAYS_BACK = 3
_ACCOUNTS = 30


@dataclass(frozen=True, slots=True)
class Actors:
    """Everybody's account on the node; ``borrowers`` is a supply of people."""

    admin: Address
    lender: Address
    feeders: tuple[Address, Address, Address]
    rival: Address
    trader: Address
    makers: tuple[Address, ...]
    borrowers: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Keys:
    """The keeper's own private keys: known to everybody, worth nothing anywhere else."""

    operators: tuple[bytes, ...]
    auth: bytes
    owner: bytes

    @classmethod
    def of_devnet(cls) -> "Keys":
        def key(name: str) -> bytes:
            return keccak(text=f"keeper devnet {name}")

        return cls(tuple(key(f"operator {number}") for number in range(OPERATORS)), key("auth"), key("owner"))

    @property
    def operator_addresses(self) -> tuple[Address, ...]:
        return tuple(to_address(Account.from_key(key).address) for key in self.operators)

    @property
    def owner_address(self) -> Address:
        return to_address(Account.from_key(self.owner).address)


@dataclass(frozen=True, slots=True)
class World:
    anvil: Anvil
    bench: Workbench
    actors: Actors
    keys: Keys
    start_block: int
    weth: Contract
    dollar: Contract
    dollar_feed: Contract
    bend: BendDao
    para: ParaSpace
    sudoswap: Sudoswap
    seaport: SeaportMarket
    lenders: Lenders
    collections: Mapping[str, Contract]
    executor: Address

    def name_of(self, collection: Address) -> str:
        """A collection's name in this world; its address if it has none."""
        return next((name for name, each in self.collections.items() if each.address == collection), collection)

    async def mint(self, collection: str, owner: Address, first: int, count: int = 1) -> None:
        await self.collections[collection].send(self.actors.admin, "mintMany", owner, first, count)

    async def open(self) -> None:
        """Some hours later, so that prices may move; and from here on blocks come on demand alone: what a relay builds."""
        await self.bench.node.call("anvil_setBalance", COINBASE, hex(ETHER))
        await self.bench.node.call("anvil_setNextBlockBaseFeePerGas", hex(BASE_FEE))
        await self.anvil.mine(at=await self.bench.time() + TWAP_SECONDS + 1)
        await self.bench.node.call("evm_setAutomine", False)


@asynccontextmanager
async def deployed() -> AsyncIterator[World]:
    """A fresh chain with everything on it, mining at once until ``World.open``. It is gone with the context."""
    contracts = load_contracts()
    options = AnvilOptions(
        chain_id=CHAIN_ID,
        accounts=_ACCOUNTS,
        balance_ether=_RICH_ETHER,
        timestamp=int(time.time()) - _DAYS_BACK * 86_400,
        base_fee=BASE_FEE,
    )
    async with Anvil(options) as anvil:
        yield await _build(anvil, contracts)


async def _build(anvil: Anvil, contracts: Mapping[str, Artifact]) -> World:
    bench = await Workbench.at(anvil.node)
    actors, keys = _actors(bench.accounts), Keys.of_devnet()
    weth = await bench.deploy(contracts["WETH9"])
    for account in (actors.admin, actors.lender, actors.trader):
        await weth.send(account, "deposit", value=2 * _LIQUIDITY)
    dollar = await bench.deploy(contracts["TestToken"], "Dollar", "USD", 6)
    await dollar.send(actors.admin, "mint", actors.lender, _DOLLARS)
    dollar_feed = await _price_feed(bench, contracts, actors)
    collections = {name: await _collection(bench, contracts, name) for name in (*BEND_PRICES, *PARA_PRICES)}
    bend_prices = {collections[name].address: price for name, price in BEND_PRICES.items()}
    bend = await deploy_bend(bench, contracts, weth, (dollar, dollar_feed), bend_prices)
    await bend.deposit(actors.lender, weth, _LIQUIDITY)
    await bend.deposit(actors.lender, dollar, Wei(_DOLLARS))
    para_prices = {collections[name].address: price for name, price in PARA_PRICES.items()}
    para = await deploy_paraspace(bench, contracts, weth, actors.feeders, para_prices)
    await para.supply(actors.lender, weth, _LIQUIDITY)
    sudoswap = await deploy_sudoswap(bench, contracts, actors.admin)
    seaport = await deploy_seaport(bench, contracts, weth, CHAIN_ID)
    liquidity = (MORPHO_WETH, BALANCER_WETH, AAVE_WETH)
    lenders = await deploy_lenders(bench, weth, contracts["MorphoLender"], liquidity)
    executor = await _executor(bench, weth, keys)
    return World(
        anvil=anvil,
        bench=bench,
        actors=actors,
        keys=keys,
        start_block=0,
        weth=weth,
        dollar=dollar,
        dollar_feed=dollar_feed,
        bend=bend,
        para=para,
        sudoswap=sudoswap,
        seaport=seaport,
        lenders=lenders,
        collections=collections,
        executor=executor,
    )


def _actors(accounts: tuple[Address, ...]) -> Actors:
    admin, lender, first, second, third, rival, trader = accounts[:7]
    return Actors(admin, lender, (first, second, third), rival, trader, accounts[7:12], accounts[12:])


async def _collection(bench: Workbench, contracts: Mapping[str, Artifact], name: str) -> Contract:
    kind = "FrozenNft" if name == _FROZEN else "TestNft"
    return await bench.deploy(contracts[kind], name.capitalize(), name.upper()[:4])


async def _price_feed(bench: Workbench, contracts: Mapping[str, Artifact], actors: Actors) -> Contract:
    """A dollar in wei, from one oracle that works for nothing."""
    reporter = actors.feeders[0]
    arguments = (ZERO_ADDRESS, 0, 3_600, ZERO_ADDRESS, 1, 2**100, 18, "USD / ETH")
    feed = await bench.deploy(contracts["FluxAggregator"], *arguments)
    await feed.send(actors.admin, "changeOracles", [], [reporter], [reporter], 1, 1, 0)
    await feed.send(reporter, "submit", 1, DOLLAR_IN_WEI)
    return feed


async def _executor(bench: Workbench, weth: Contract, keys: Keys) -> Address:
    """The keeper's contract with its capital, and gas for those who call it."""
    code = load_executor().creation_code(keys.owner_address, weth.address, keys.operator_addresses)
    executor = await bench.deploy_code(code)
    await weth.send(bench.accounts[0], "transfer", executor, EXECUTOR_WETH)
    for account in (*keys.operator_addresses, keys.owner_address):
        await bench.node.call("anvil_setBalance", account, hex(10 * ETHER))
    return executor
