"""The real Seaport 1.6 on a local chain, makers who sign by eth_account, and an adapter that follows it all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak
from hexbytes import HexBytes

from keeper.devnet.artifacts import load_artifact
from keeper.devnet.compiler import CONTRACTS, compile_folder
from keeper.devnet.markets import ORDER_TYPES
from keeper.domain.markets import PlaceKey
from keeper.domain.orders import Listing, Offer
from keeper.domain.units import ETHER, ZERO_ADDRESS, Address, to_address
from keeper.venues.seaport import Seaport
from tests.execution.contracts.artifact import NODE_MODULES
from tests.execution.contracts.chain import LocalChain
from tests.support.venue_chain import Follower

ARTIFACTS = Path(NODE_MODULES / "@opensea/seaport-js/src/artifacts/seaport/contracts")
NATIVE, ERC20, ERC721, CRITERIA = 0, 1, 2, 4
NO_CONDUIT = "0x" + "00" * 32
MAKERS = [Account.from_key(keccak(text=f"maker {index}")) for index in range(3)]
Document = dict[str, Any]


@dataclass(frozen=True)
class SeaportWorld:
    """``taker`` holds the pieces 0..19 of ``nft`` and money; every maker holds 100 WETH, all approved to Seaport, and
    the pieces from 100 × its number on."""

    chain: LocalChain
    owner: Address
    taker: Address
    weth: Address
    nft: Address
    seaport: Address
    controller: Address
    follower: Follower
    adapter: Seaport

    def followed(self) -> "SeaportWorld":
        """The same, with facts that hold nothing but what bootstrap reads."""
        follower = Follower(self.chain, self.adapter)
        follower.bootstrap()
        return replace(self, follower=follower)

    def now(self) -> int:
        return int(self.chain.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def sign(self, maker: LocalAccount, offer: Sequence[Any], consideration: Sequence[Any], **fields: Any) -> Document:
        """An order as APIs publish it."""
        parameters = {
            "offerer": to_address(maker.address),
            "zone": ZERO_ADDRESS,
            "offer": [item(*entry) for entry in offer],
            "consideration": [item(*entry) for entry in consideration],
            "orderType": 0,
            "startTime": str(self.now() - 100),
            "endTime": str(self.now() + 10_000),
            "zoneHash": "0x" + "00" * 32,
            "salt": "0x360c6ebe",
            "conduitKey": NO_CONDUIT,
            "counter": str(int(self.chain.view(self.seaport, "getCounter(address)", maker.address))),
            "totalOriginalConsiderationItems": len(consideration),
        } | fields
        return {"parameters": parameters, "signature": "0x" + self.signature(maker, parameters).hex()}

    def signature(self, maker: LocalAccount, parameters: Document) -> bytes:
        message = encode_typed_data(full_message=self.typed(parameters))
        return bytes(maker.sign_message(message).signature)  # type: ignore[no-untyped-call]

    def in_bulk(
        self, maker: LocalAccount, orders: Sequence[Document], height: int, *, short: bool = False
    ) -> list[Document]:
        """Orders that share one signature, of the root of a tree; by eth_account's own reading of EIP-712."""
        typed = [self.typed(parameters) for parameters in orders]
        leaves = [encode_typed_data(full_message=data).body for data in typed]
        levels = [leaves]
        while len(levels[-1]) > 1:
            level = levels[-1]
            levels.append([keccak(level[at] + level[at + 1]) for at in range(0, len(level), 2)])
        name = f"BulkOrder(OrderComponents{'[2]' * height} tree)"
        struct = keccak(
            keccak(text=name + encode_type("ConsiderationItem", "OfferItem", "OrderComponents")) + levels[-1][0]
        )
        header = encode_typed_data(full_message=typed[0]).header
        whole_tree = SignableMessage(HexBytes(b"\x01"), header, HexBytes(struct))
        made = maker.sign_message(whole_tree)  # type: ignore[no-untyped-call]
        signature = bytes(made.signature)
        if short:
            s = int.from_bytes(signature[32:64]) | (signature[64] - 27) << 255
            signature = signature[:32] + s.to_bytes(32)
        documents = []
        for place, parameters in enumerate(orders):
            proof = b"".join(levels[level][(place >> level) ^ 1] for level in range(height))
            whole = signature + place.to_bytes(3) + proof
            documents.append({"parameters": parameters, "signature": "0x" + whole.hex()})
        return documents

    def typed(self, parameters: Document) -> Document:
        """The order as EIP-712 data, numbers as numbers."""

        def plain(entry: Document) -> Document:
            return {
                name: int(value, 0) if isinstance(value, str) and name not in {"token", "recipient"} else value
                for name, value in entry.items()
            }

        message = {name: value for name, value in parameters.items() if name != "totalOriginalConsiderationItems"}
        for name in ("startTime", "endTime", "salt", "counter"):
            message[name] = int(str(message[name]), 0)
        for name in ("zoneHash", "conduitKey"):
            message[name] = bytes.fromhex(message[name][2:])
        for name in ("offer", "consideration"):
            message[name] = [plain(entry) for entry in message[name]]
        return {
            "types": ORDER_TYPES,
            "primaryType": "OrderComponents",
            "domain": {
                "name": "Seaport",
                "version": "1.6",
                "chainId": 31337,
                "verifyingContract": self.seaport,
            },
            "message": message,
        }

    def offer(self, pays: Any, fees: Sequence[Any] = (), maker: LocalAccount = MAKERS[0], **fields: Any) -> Document:
        """A collection offer; an amount may be a pair, from and to."""
        me = to_address(maker.address)
        return self.sign(
            maker,
            [(ERC20, self.weth, 0, pays)],
            [(CRITERIA, self.nft, 0, 1, me), *((ERC20, self.weth, 0, fee, self.owner) for fee in fees)],
            **fields,
        )

    def listing(
        self, piece: int, asks: Sequence[Any], maker: LocalAccount = MAKERS[0], *, native: bool = True, **fields: Any
    ) -> Document:
        money = (NATIVE, ZERO_ADDRESS) if native else (ERC20, self.weth)
        to = [to_address(maker.address), self.owner, self.owner]
        return self.sign(
            maker,
            [(ERC721, self.nft, piece, 1)],
            [(*money, 0, ask, to[index]) for index, ask in enumerate(asks)],
            **fields,
        )

    def accept(self, document: Document) -> Offer | Listing:
        """Into the book, status read, as the engine does it."""
        changes = self.adapter.accept(document, self.follower.facts)
        self.follower.facts.apply(changes)
        (place,) = [change.value for change in changes if isinstance(change.key, PlaceKey)]
        assert isinstance(place, Offer | Listing)
        self.follower.refresh([place.status_key])
        return place

    def money(self, account: Address) -> tuple[int, int]:
        """ETH and WETH."""
        return self.chain.balance(account), int(self.chain.view(self.weth, "balanceOf(address)", account))

    def owner_of(self, piece: int) -> Address:
        return Address(self.chain.view(self.nft, "ownerOf(uint256)", piece, returns="(address)"))


def encode_type(*names: str) -> str:
    return "".join(
        f"{name}({','.join(field['type'] + ' ' + field['name'] for field in ORDER_TYPES[name])})" for name in names
    )


def item(kind: int, token: Address, identifier: int, amount: Any, recipient: Address | None = None) -> Document:
    start, end = amount if isinstance(amount, tuple) else (amount, amount)
    entry = {
        "itemType": kind,
        "token": token,
        "identifierOrCriteria": str(identifier),
        "startAmount": str(start),
        "endAmount": str(end),
    }
    return entry if recipient is None else entry | {"recipient": recipient}


def deploy_seaport(chain: LocalChain) -> SeaportWorld:
    chain.rpc("anvil_autoImpersonateAccount", True)
    owner, taker = chain.accounts[:2]
    weth = chain.deploy(load_artifact(Path(NODE_MODULES / "canonical-weth/build/contracts/WETH9.json")))
    nft = chain.deploy(compile_folder(CONTRACTS / "tokens", node_modules=NODE_MODULES)["TestNft"], "Apes", "APE")
    controller = chain.deploy(load_artifact(ARTIFACTS / "conduit/ConduitController.sol/LocalConduitController.json"))
    seaport = chain.deploy(load_artifact(ARTIFACTS / "Seaport.sol/Seaport.json"), controller)
    holders = [(taker, 0), *((to_address(maker.address), 100 * (index + 1)) for index, maker in enumerate(MAKERS))]
    for account, first in holders:
        chain.rpc("anvil_setBalance", account, hex(1_000 * ETHER))
        chain.invoke(account, weth, "deposit()", value=100 * ETHER)
        chain.invoke(owner, nft, "mintMany(address,uint256,uint256)", account, first, 20)
        if account != taker:
            chain.invoke(account, weth, "approve(address,uint256)", seaport, 2**256 - 1)
            chain.invoke(account, nft, "setApprovalForAll(address,bool)", seaport, True)
    adapter = Seaport("seaport-test", 31337, Seaport.Config(seaport=seaport, weth=weth, collections=(nft,)))
    return SeaportWorld(chain, owner, taker, weth, nft, seaport, controller, Follower(chain, adapter), adapter)
