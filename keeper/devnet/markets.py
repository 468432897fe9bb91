"""Markets of the local chain: Sudoswap v2 with its pools, and the real Seaport 1.6 with makers who sign offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keeper.devnet.artifacts import Artifact
from keeper.devnet.node import Json
from keeper.devnet.workbench import Contract, Workbench
from keeper.domain.units import ZERO_ADDRESS, Address, Wei, to_address

PROTOCOL_FEE_WAD = 5 * 10**15
_BUYS_NFTS = 0
_ERC20, _CRITERIA = 1, 4
_UNLIMITED = 2**256 - 1
_FAR_FUTURE = 2**40
_NO_BYTES32 = "0x" + "00" * 32
_ITEM = [
    {"name": "itemType", "type": "uint8"},
    {"name": "token", "type": "address"},
    {"name": "identifierOrCriteria", "type": "uint256"},
    {"name": "startAmount", "type": "uint256"},
    {"name": "endAmount", "type": "uint256"},
]
ORDER_TYPES = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"},
    ],
    "OrderComponents": [
        {"name": "offerer", "type": "address"},
        {"name": "zone", "type": "address"},
        {"name": "offer", "type": "OfferItem[]"},
        {"name": "consideration", "type": "ConsiderationItem[]"},
        {"name": "orderType", "type": "uint8"},
        {"name": "startTime", "type": "uint256"},
        {"name": "endTime", "type": "uint256"},
        {"name": "zoneHash", "type": "bytes32"},
        {"name": "salt", "type": "uint256"},
        {"name": "conduitKey", "type": "bytes32"},
        {"name": "counter", "type": "uint256"},
    ],
    "OfferItem": _ITEM,
    "ConsiderationItem": [*_ITEM, {"name": "recipient", "type": "address"}],
}
"""Seaport's EIP-712 types, as a wallet signs an order."""


@dataclass(frozen=True, slots=True)
class Sudoswap:
    bench: Workbench
    factory: Contract
    linear: Address
    exponential: Address

    async def open_pool(
        self,
        owner: Address,
        collection: Contract,
        *,
        spot: Wei,
        delta: int,
        holds: Wei,
        token: Contract | None = None,
        exponential: bool = False,
    ) -> None:
        """A pool that buys pieces with what it holds: ETH, or ``token``."""
        curve = self.exponential if exponential else self.linear
        shape: tuple[object, ...] = (_BUYS_NFTS, delta, 0, spot, ZERO_ADDRESS, [])
        where = (collection.address, curve, ZERO_ADDRESS)
        if token is None:
            await self.factory.send(owner, "createPairERC721ETH", *where, *shape, value=holds)
            return
        await token.send(owner, "approve", self.factory.address, holds)
        await self.factory.send(owner, "createPairERC721ERC20", (token.address, *where, *shape, holds))


async def deploy_sudoswap(bench: Workbench, artifacts: Mapping[str, Artifact], fees_to: Address) -> Sudoswap:
    admin = bench.accounts[0]
    engine = await bench.deploy(artifacts["RoyaltyEngine"])
    eth_pairs = await bench.deploy(artifacts["LSSVMPairERC721ETH"], engine.address)
    token_pairs = await bench.deploy(artifacts["LSSVMPairERC721ERC20"], engine.address)
    factory = await bench.deploy(
        artifacts["LSSVMPairFactory"], eth_pairs.address, token_pairs.address, fees_to, PROTOCOL_FEE_WAD, admin
    )
    curves = [(await bench.deploy(artifacts[name])).address for name in ("LinearCurve", "ExponentialCurve")]
    for curve in curves:
        await factory.send(admin, "setBondingCurveAllowed", curve, True)
    return Sudoswap(bench, factory, *curves)


@dataclass(frozen=True, slots=True)
class SeaportMarket:
    bench: Workbench
    seaport: Contract
    weth: Contract
    chain_id: int

    async def fund(self, maker: Address, amount: Wei) -> None:
        """A maker with WETH, approved to the market."""
        if amount:
            await self.weth.send(maker, "deposit", value=amount)
        await self.weth.send(maker, "approve", self.seaport.address, _UNLIMITED)

    async def sign_offer(self, maker: Address, collection: Contract, pays: Wei, salt: int) -> dict[str, Json]:
        """A collection offer as markets' APIs publish it: signed by the maker, not on chain, good until it is taken."""
        counter = int(await self.seaport.view("getCounter", maker))
        parameters: dict[str, Any] = {
            "offerer": maker,
            "zone": ZERO_ADDRESS,
            "offer": [_item(_ERC20, self.weth.address, pays)],
            "consideration": [_item(_CRITERIA, collection.address, 1) | {"recipient": maker}],
            "orderType": 0,
            "startTime": "0",
            "endTime": str(_FAR_FUTURE),
            "zoneHash": _NO_BYTES32,
            "salt": str(salt),
            "conduitKey": _NO_BYTES32,
            "counter": str(counter),
        }
        domain = {
            "name": "Seaport",
            "version": "1.6",
            "chainId": self.chain_id,
            "verifyingContract": self.seaport.address,
        }
        typed = {"types": ORDER_TYPES, "primaryType": "OrderComponents", "domain": domain, "message": parameters}
        signature = await self.bench.node.call("eth_signTypedData_v4", maker, typed)
        return {
            "parameters": parameters | {"totalOriginalConsiderationItems": 1},
            "signature": signature,
        }


async def deploy_seaport(
    bench: Workbench, artifacts: Mapping[str, Artifact], weth: Contract, chain_id: int
) -> SeaportMarket:
    controller = await bench.deploy(artifacts["ConduitController"])
    seaport = await bench.deploy(artifacts["Seaport"], controller.address)
    return SeaportMarket(bench, Contract(bench, artifacts["Seaport"], to_address(seaport.address)), weth, chain_id)


def _item(kind: int, token: Address, amount: int) -> dict[str, Json]:
    return {
        "itemType": kind,
        "token": token,
        "identifierOrCriteria": "0",
        "startAmount": str(amount),
        "endAmount": str(amount),
    }
