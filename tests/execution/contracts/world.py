"""A world around one executor: real lenders, honest and hostile others, tokens; one chain for a whole test process."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from keeper.devnet.artifacts import Artifact
from keeper.devnet.artifacts import load_artifact as load_package_artifact
from keeper.devnet.compiler import CONTRACTS, compile_folder
from keeper.domain.calls import Call
from keeper.domain.units import ETHER, Address, Wei
from keeper.execution.program import (
    Acquired,
    Executed,
    Flash,
    FlashKind,
    Guard,
    Proof,
    decode_event,
    encode_acquire,
    encode_execute,
    load_artifact,
)
from tests.execution.contracts.artifact import NODE_MODULES
from tests.execution.contracts.chain import LocalChain, Receipt, Reverted, calldata, local_chain
from tests.execution.contracts.lenders import (
    deploy_aave,
    deploy_balancer,
    deploy_morpho,
    deploy_uniswap_pool,
    deposit,
)

OPENZEPPELIN = NODE_MODULES / "@openzeppelin/contracts/build/contracts"
ANY_BLOCK = Guard(max_block=2**64 - 1)
CAPITAL = 10 * ETHER
"""What the executor starts with: half of it in ETH, half in WETH."""
BUILDER = Address("0x" + "b1" * 20)


@dataclass(frozen=True, slots=True)
class World:
    chain: LocalChain
    owner: Address
    operator: Address
    outsider: Address
    executor: Address
    weth: Address
    nft: Address
    multi_token: Address
    silent_token: Address
    poisoned_token: Address
    false_token: Address
    counterparty: Address
    puppet: Address
    fake_lender: Address
    auction: Address
    bare_borrower: Address
    lenders: dict[FlashKind, Address]

    def flash(self, kind: FlashKind, amount: int = ETHER) -> Flash:
        return Flash(kind, self.lenders[kind], self.weth, Wei(amount))

    def execute(
        self,
        calls: Sequence[Call] = (),
        *,
        flashes: Sequence[Flash] = (),
        guard: Guard = ANY_BLOCK,
        min_profit: int = 0,
        sender: Address | None = None,
        value: int = 0,
    ) -> Receipt:
        data = encode_execute(flashes, calls, guard, Wei(min_profit))
        return self.chain.send(sender or self.operator, self.executor, data, value)

    def acquire(
        self,
        calls: Sequence[Call],
        *,
        proofs: Sequence[Proof],
        max_spend: int,
        guard: Guard = ANY_BLOCK,
        sender: Address | None = None,
        value: int = 0,
    ) -> Receipt:
        data = encode_acquire(calls, guard, Wei(max_spend), proofs)
        return self.chain.send(sender or self.operator, self.executor, data, value)

    def money(self, account: Address | None = None) -> int:
        """ETH and WETH together."""
        account = account or self.executor
        return self.chain.balance(account) + int(self.chain.view(self.weth, "balanceOf(address)", account))

    def books(self, receipt: Receipt) -> Executed | Acquired:
        decoded = [decode_event(log) for log in receipt.logs if log.address == self.executor]
        (books,) = (entry for entry in decoded if entry is not None)
        return books

    def mint_nft(self, to: Address) -> int:
        """A new token of the collection; its id."""
        token_id = int(self.chain.view(self.nft, "totalSupply()"))
        self.chain.invoke(self.owner, self.nft, "mint(address)", to)
        return token_id

    def owner_of(self, token_id: int) -> Address:
        return Address(self.chain.view(self.nft, "ownerOf(uint256)", token_id, returns="(address)"))

    def allowance(self, token: Address, spender: Address) -> int:
        return int(self.chain.view(token, "allowance(address,address)", self.executor, spender))

    def script(self, *acts: Call) -> None:
        """What the puppet does when it is touched."""
        self.chain.invoke(
            self.outsider,
            self.puppet,
            "script((address,uint256,bytes)[])",
            [(act.to, act.value, act.data) for act in acts],
        )

    def touched(self) -> int:
        return int(self.chain.view(self.puppet, "touched()"))

    def succeeded(self) -> int:
        """How many of the puppet's acts did not revert."""
        return int(self.chain.view(self.puppet, "succeeded()"))


def call(to: Address, signature: str, *arguments: object, value: int = 0) -> Call:
    return Call(to, calldata(signature, *arguments), Wei(value))


@contextmanager
def world() -> Iterator[World]:
    others = compile_folder(Path(__file__).parent, node_modules=NODE_MODULES)
    morpho = compile_folder(CONTRACTS / "lenders", node_modules=NODE_MODULES)["MorphoLender"]
    with local_chain() as chain:
        yield _build(chain, others, morpho)


def _build(chain: LocalChain, others: dict[str, Artifact], morpho: Artifact) -> World:
    owner, operator, outsider = chain.accounts[:3]
    chain.rpc("anvil_setBalance", BUILDER, hex(ETHER))
    weth = chain.deploy(load_package_artifact(NODE_MODULES / "canonical-weth/build/contracts/WETH9.json"))
    executor = chain.send(owner, None, load_artifact().creation_code(owner, weth, [operator])).contract
    assert executor is not None
    chain.invoke(owner, executor, "", value=CAPITAL // 2)
    deposit(chain, weth, owner, CAPITAL // 2)
    chain.invoke(owner, weth, "transfer(address,uint256)", executor, CAPITAL // 2)
    silent_token = chain.deploy(others["SilentToken"])
    puppet = chain.deploy(others["Puppet"])
    counterparty = chain.deploy(others["Counterparty"], weth)
    chain.invoke(owner, counterparty, "", value=500 * ETHER)
    filler = chain.deploy(others["Filler"])
    for account in (counterparty, filler):
        deposit(chain, weth, owner, 1_500 * ETHER)
        chain.invoke(owner, weth, "transfer(address,uint256)", account, 1_500 * ETHER)
    chain.invoke(owner, silent_token, "mint(address,uint256)", filler, 1_500 * ETHER)
    return World(
        chain=chain,
        owner=owner,
        operator=operator,
        outsider=outsider,
        executor=executor,
        weth=weth,
        nft=chain.deploy(
            load_package_artifact(OPENZEPPELIN / "ERC721PresetMinterPauserAutoId.json"), "Apes", "APE", "ipfs://"
        ),
        multi_token=chain.deploy(load_package_artifact(OPENZEPPELIN / "ERC1155PresetMinterPauser.json"), "ipfs://"),
        silent_token=silent_token,
        poisoned_token=chain.deploy(others["PoisonedToken"], puppet),
        false_token=chain.deploy(others["FalseToken"]),
        counterparty=counterparty,
        puppet=puppet,
        fake_lender=chain.deploy(others["FakeLender"]),
        auction=chain.deploy(others["Auction"]),
        bare_borrower=chain.deploy(others["BareBorrower"], weth),
        lenders={
            FlashKind.MORPHO: deploy_morpho(chain, weth, morpho),
            FlashKind.AAVE_V3: deploy_aave(chain, weth),
            FlashKind.BALANCER_V2: deploy_balancer(chain, weth),
            FlashKind.UNISWAP_V3: deploy_uniswap_pool(chain, (weth, silent_token), filler),
        },
    )


__all__ = ["ANY_BLOCK", "BUILDER", "CAPITAL", "Reverted", "World", "call", "world"]
