"""What the owner may do, and that nobody else may; and that what is pushed to the executor stays until then."""

import pytest

from keeper.domain.units import ETHER, ZERO_ADDRESS, Address
from keeper.execution.program import load_artifact
from tests.execution.contracts.chain import calldata
from tests.execution.contracts.world import CAPITAL, Reverted, World, call

SOMEBODY = Address("0x" + "5b" * 20)
OWNERS_FUNCTIONS = {
    "setOperator(address,bool)": (SOMEBODY, True),
    "pause(bool)": (True,),
    "transferOwnership(address)": (SOMEBODY,),
    "rescueEther(uint256)": (1,),
    "rescueToken(address,uint256)": (SOMEBODY, 1),
    "rescueNft(address,uint256)": (SOMEBODY, 1),
    "rescueMultiToken(address,uint256,uint256)": (SOMEBODY, 1, 1),
}
OPERATORS_FUNCTIONS = {"execute", "acquire"}
LENDERS_FUNCTIONS = {
    "onMorphoFlashLoan",
    "executeOperation",
    "receiveFlashLoan",
    "uniswapV3FlashCallback",
}


@pytest.mark.parametrize("signature", OWNERS_FUNCTIONS)
@pytest.mark.parametrize("who", ["operator", "outsider", "counterparty"])
def test_what_is_the_owners_is_nobody_elses(world: World, who: str, signature: str) -> None:
    data = calldata(signature, *OWNERS_FUNCTIONS[signature])
    with pytest.raises(Reverted, match="NotOwner"):
        world.chain.call(getattr(world, who), world.executor, data)


def test_every_function_that_changes_something_belongs_to_somebody() -> None:
    """A new function has to be put under one of these headings, or this fails."""
    writes = {
        entry["name"]
        for entry in load_artifact().abi
        if entry["type"] == "function" and entry["stateMutability"] in {"nonpayable", "payable"}
    }
    owners = {signature.split("(")[0] for signature in OWNERS_FUNCTIONS}
    assert writes == owners | OPERATORS_FUNCTIONS | LENDERS_FUNCTIONS | {"acceptOwnership"}


def test_there_is_no_delegatecall_and_no_signature_check_in_the_code() -> None:
    runtime = load_artifact().runtime
    code = runtime[: -2 - int.from_bytes(runtime[-2:])]  # without the compiler's own appendix
    opcodes, position = set(), 0
    while position < len(code):
        opcodes.add(code[position])
        pushed = code[position] - 0x5F if 0x60 <= code[position] <= 0x7F else 0
        position += 1 + pushed
    assert 0xF1 in opcodes  # CALL
    assert not opcodes & {0xF4, 0xF2, 0xFF}  # DELEGATECALL, CALLCODE, SELFDESTRUCT
    assert "isValidSignature" not in {entry.get("name") for entry in load_artifact().abi}


def test_the_owner_names_and_dismisses_operators(world: World) -> None:
    world.chain.invoke(world.owner, world.executor, "setOperator(address,bool)", world.outsider, True)
    world.execute(sender=world.outsider)
    world.chain.invoke(world.owner, world.executor, "setOperator(address,bool)", world.outsider, False)
    with pytest.raises(Reverted, match="NotOperator"):
        world.execute(sender=world.outsider)


def test_ownership_passes_in_two_steps(world: World) -> None:
    world.chain.invoke(world.owner, world.executor, "transferOwnership(address)", world.outsider)
    assert world.chain.view(world.executor, "owner()", returns="(address)") == world.owner
    with pytest.raises(Reverted, match="NotOwner"):
        world.chain.invoke(world.operator, world.executor, "acceptOwnership()")
    world.chain.invoke(world.outsider, world.executor, "acceptOwnership()")
    assert world.chain.view(world.executor, "owner()", returns="(address)") == world.outsider
    assert world.chain.view(world.executor, "pendingOwner()", returns="(address)") == ZERO_ADDRESS
    with pytest.raises(Reverted, match="NotOwner"):
        world.chain.invoke(world.owner, world.executor, "pause(bool)", True)


def test_an_offer_of_ownership_can_be_withdrawn(world: World) -> None:
    for heir in (world.outsider, ZERO_ADDRESS):
        world.chain.invoke(world.owner, world.executor, "transferOwnership(address)", heir)
    with pytest.raises(Reverted, match="NotOwner"):
        world.chain.invoke(world.outsider, world.executor, "acceptOwnership()")


def test_an_executor_without_owner_or_weth_is_not_created(world: World) -> None:
    for owner, weth in ((ZERO_ADDRESS, world.weth), (world.owner, ZERO_ADDRESS)):
        with pytest.raises(Reverted, match="ZeroAddress"):
            world.chain.send(world.owner, None, load_artifact().creation_code(owner, weth, []))


def test_ether_and_tokens_are_rescued_to_the_owner(world: World) -> None:
    before = world.money(world.owner)
    world.chain.invoke(world.owner, world.executor, "rescueEther(uint256)", CAPITAL // 2)
    world.chain.invoke(world.owner, world.executor, "rescueToken(address,uint256)", world.weth, CAPITAL // 2)
    assert world.money(world.owner) - before == CAPITAL
    assert world.money() == 0
    world.chain.invoke(world.owner, world.silent_token, "mint(address,uint256)", world.executor, 5)
    world.chain.invoke(world.owner, world.executor, "rescueToken(address,uint256)", world.silent_token, 5)
    assert world.chain.view(world.silent_token, "balanceOf(address)", world.owner) == 5


def test_more_than_there_is_cannot_be_rescued(world: World) -> None:
    with pytest.raises(Reverted, match="EtherFailed"):
        world.chain.invoke(world.owner, world.executor, "rescueEther(uint256)", CAPITAL)
    with pytest.raises(Reverted, match="TokenFailed"):
        world.chain.invoke(world.owner, world.executor, "rescueToken(address,uint256)", world.weth, CAPITAL)


def test_a_token_that_says_no_has_not_been_rescued(world: World) -> None:
    with pytest.raises(Reverted, match="TokenFailed"):
        world.chain.invoke(world.owner, world.executor, "rescueToken(address,uint256)", world.false_token, 0)


def test_what_somebody_else_pushes_is_kept_and_rescued_to_the_owner(world: World) -> None:
    """An auction house may hand over what was won in a transaction that anybody sent."""
    token = world.mint_nft(world.owner)
    world.chain.invoke(
        world.owner,
        world.nft,
        "safeTransferFrom(address,address,uint256,bytes)",
        *(world.owner, world.executor, token, b"anything"),
    )
    assert world.owner_of(token) == world.executor
    world.chain.invoke(world.owner, world.executor, "rescueNft(address,uint256)", world.nft, token)
    assert world.owner_of(token) == world.owner


def test_pieces_of_a_multi_token_are_kept_and_rescued_to_the_owner(world: World) -> None:
    mint = (world.executor, 3, 10, b"")
    world.chain.invoke(world.owner, world.multi_token, "mint(address,uint256,uint256,bytes)", *mint)
    batch = (world.executor, [3, 4], [5, 6], b"")
    world.chain.invoke(world.owner, world.multi_token, "mintBatch(address,uint256[],uint256[],bytes)", *batch)
    rescue = (world.multi_token, 3, 15)
    world.chain.invoke(world.owner, world.executor, "rescueMultiToken(address,uint256,uint256)", *rescue)
    assert world.chain.view(world.multi_token, "balanceOf(address,uint256)", world.owner, 3) == 15


def test_ether_arrives_for_the_gas_that_weth_sends_along(world: World) -> None:
    world.execute([call(world.weth, "withdraw(uint256)", ETHER)])
    assert world.chain.balance(world.executor) == CAPITAL // 2 + ETHER


def test_it_says_which_receiver_it_is(world: World) -> None:
    ask = "supportsInterface(bytes4)"
    for identifier, answer in ((0x01FFC9A7, True), (0x4E2312E0, True), (0xFFFFFFFF, False)):
        asked = identifier.to_bytes(4)
        assert world.chain.view(world.executor, ask, asked, returns="(bool)") is answer
