"""The codec against eth_abi and web3, and against data that lies."""

import contextlib
from typing import Any

import pytest
from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from hypothesis import given
from hypothesis import strategies as st
from web3 import Web3

from keeper.chain.codec import CustomError, Event, Function, Record, error, revert_reason
from keeper.domain.blocks import Log
from keeper.domain.calls import Call, View
from keeper.domain.errors import HaltAdapter, SkipItem
from keeper.domain.units import Address, Hash32, Wei

LOAN_CREATED = (
    "LoanCreated(address indexed user, address indexed onBehalfOf, uint256 indexed loanId, address nftAsset, "
    "uint256 nftTokenId, address reserveAsset, uint256 amount, uint256 borrowIndex)"
)
ALICE = Address("0x" + "a1" * 20)
BOB = Address("0x" + "b0" * 20)
NFT = Address("0x" + "0f" * 20)


def log_of(topics: list[str], data: bytes) -> Log:
    block = Hash32("0x" + "11" * 32)
    return Log(NFT, tuple(Hash32(topic) for topic in topics), data, 7, block, Hash32("0x" + "22" * 32), 0, 3)


def word(value: int | str) -> str:
    return "0x" + (f"{value:064x}" if isinstance(value, int) else "00" * 12 + value[2:])


def loan_created() -> Log:
    topics = [Event.parse(LOAN_CREATED).topic, word(ALICE), word(BOB), word(42)]
    data = abi_encode(["address", "uint256", "address", "uint256", "uint256"], [NFT, 7, ALICE, 10**18, 10**27])
    return log_of(list(topics), data)


def test_an_events_topic_is_the_hash_of_its_canonical_signature() -> None:
    transfer = Event.parse("Transfer(address indexed from, address indexed to, uint value)")
    assert transfer.topic == "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
    assert Event.parse("event A((uint a, address payable b)[2][] indexed x, bytes memory y);").topic == (
        Web3.keccak(text="A((uint256,address)[2][],bytes)").hex()
    )


def test_a_static_event_decodes_by_name_with_lower_case_addresses() -> None:
    loan = Event.parse(LOAN_CREATED).decode(loan_created())
    assert loan.as_dict() == {
        "user": ALICE,
        "onBehalfOf": BOB,
        "loanId": 42,
        "nftAsset": NFT,
        "nftTokenId": 7,
        "reserveAsset": ALICE,
        "amount": 10**18,
        "borrowIndex": 10**27,
    }
    assert loan.loanId == loan["loanId"] == loan[2]


def test_a_field_may_be_called_like_a_keyword_and_stand_in_any_order() -> None:
    event = Event.parse("E(uint8 a, address indexed from, bool b, int16 indexed c)")
    log = log_of(
        [event.topic, word(ALICE), "0x" + (-3).to_bytes(32, "big", signed=True).hex()],
        bytes(31) + b"\x05" + bytes(31) + b"\x01",
    )
    record = event.decode(log)
    assert record["from"] == ALICE
    assert record.b is True
    assert record == (5, ALICE, True, -3)


def test_dynamic_values_and_structs_decode_and_indexed_strings_stay_hashes() -> None:
    event = Event.parse("E(string indexed tag, (uint256 id, address who)[] items, string note, bytes4[2] keys)")
    items = [(1, ALICE), (2, BOB)]
    data = abi_encode(["(uint256,address)[]", "string", "bytes4[2]"], [items, "hello", [b"abcd", b"efgh"]])
    record = event.decode(log_of([event.topic, "0x" + "77" * 32], data))
    assert record.tag == b"\x77" * 32
    assert [item.who for item in record["items"]] == [ALICE, BOB]
    assert (record.note, record.keys) == ("hello", (b"abcd", b"efgh"))


@pytest.mark.parametrize(
    "change",
    [
        lambda log: log_of(list(log.topics[:3]), log.data),
        lambda log: log_of([*log.topics, word(1)], log.data),
        lambda log: log_of([word(1), *log.topics[1:]], log.data),
        lambda log: log_of([], log.data),
        lambda log: log_of(list(log.topics), log.data[:-1]),
        lambda log: log_of(list(log.topics), log.data + b"\x00"),
        lambda log: log_of(list(log.topics), b"\x01" + log.data[1:]),
        lambda log: log_of([log.topics[0], "0x01" + log.topics[1][4:], *log.topics[2:]], log.data),
        lambda log: log_of([*log.topics[:3], "0xzz" + log.topics[3][4:]], log.data),
        lambda log: log_of([*log.topics[:3], "0x01"], log.data),
    ],
)
def test_a_log_that_is_not_of_the_event_is_refused_with_a_code(change: Any) -> None:
    with pytest.raises(SkipItem) as caught:
        Event.parse(LOAN_CREATED).decode(change(loan_created()))
    assert caught.value.code == "ABI_MALFORMED"


def test_erc20_and_erc721_transfers_are_told_apart_by_their_topics() -> None:
    erc20 = Event.parse("Transfer(address indexed from, address indexed to, uint256 value)")
    erc721 = Event.parse("Transfer(address indexed from, address indexed to, uint256 indexed tokenId)")
    log = log_of([erc721.topic, word(ALICE), word(BOB), word(9)], b"")
    assert erc721.matches(log)
    assert not erc20.matches(log)
    assert erc721.decode(log).tokenId == 9


def test_calldata_equals_eth_abis_and_reads_back() -> None:
    auction = Function.parse("auction(address nftAsset, uint256 nftTokenId, uint256 bidPrice, address onBehalfOf)")
    calldata = auction.encode(NFT, 7, 10**18, ALICE)
    assert calldata[:4] == Web3.keccak(text="auction(address,uint256,uint256,address)")[:4]
    assert calldata[4:] == abi_encode(["address", "uint256", "uint256", "address"], [NFT, 7, 10**18, ALICE])
    assert auction.decode_input(calldata).as_dict() == {
        "nftAsset": NFT,
        "nftTokenId": 7,
        "bidPrice": 10**18,
        "onBehalfOf": ALICE,
    }
    assert auction.call(BOB, NFT, 7, 1, ALICE, value=5) == Call(BOB, auction.encode(NFT, 7, 1, ALICE), Wei(5))
    assert auction.view(BOB, NFT, 7, 1, ALICE) == View(BOB, auction.encode(NFT, 7, 1, ALICE))
    with pytest.raises(SkipItem, match="another function"):
        auction.decode_input(b"\x00" * 132)


def test_structs_are_given_as_tuples_records_or_mappings() -> None:
    function = Function.parse("f((uint256 id, (address who, bool ok)[] list) order)")
    expected = function.encode((1, [(ALICE, True)]))
    assert function.encode({"id": 1, "list": [{"who": ALICE, "ok": True}]}) == expected
    assert function.encode(function.decode_input(expected).order) == expected


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("f(uint8)", (256,)),
        ("f(uint256)", (-1,)),
        ("f(uint256)", (1.5,)),
        ("f(address)", ("0x12",)),
        ("f(uint256)", ()),
        ("f((uint256 a, uint256 b))", ((1,),)),
        ("f((uint256 a, uint256 b))", ({"a": 1, "c": 2},)),
        ("f((uint256 a)[])", (7,)),
        ("f(bytes32)", (b"x" * 33,)),
    ],
)
def test_an_argument_that_does_not_fit_is_refused_with_a_code(text: str, args: tuple[Any, ...]) -> None:
    with pytest.raises(SkipItem) as caught:
        Function.parse(text).encode(*args)
    assert caught.value.code == "ABI_UNENCODABLE"


def test_one_output_comes_bare_and_several_as_a_record() -> None:
    one = Function.parse("getLoan(uint256) view returns ((uint256 loanId, uint8 state, address nft) memory)")
    loan = one.decode(abi_encode(["(uint256,uint8,address)"], [(3, 2, NFT)]))
    assert (loan.loanId, loan.state, loan.nft) == (3, 2, NFT)
    two = Function.parse("getReserves() returns (uint112 a, uint112 b)")
    first, second = two.decode(abi_encode(["uint112", "uint112"], [5, 6]))
    assert (first, second) == (5, 6)
    assert Function.parse("poke()").decode(b"") == ()


@pytest.mark.parametrize(("kind", "most"), [("uint8", 2**8 - 1), ("uint112", 2**112 - 1), ("int16", 2**15 - 1)])
def test_a_small_integer_is_read_up_to_its_limit_and_not_beyond(kind: str, most: int) -> None:
    function = Function.parse(f"f() returns ({kind})")
    assert function.decode(most.to_bytes(32)) == most
    with pytest.raises(SkipItem):
        function.decode((most + 1).to_bytes(32))


@pytest.mark.parametrize("data", [b"", b"\x00" * 31, b"\xff" * 32, b"\x00" * 96, b"\xff" * 96])
def test_bad_return_data_is_malformed_not_invented(data: bytes) -> None:
    function = Function.parse("f() returns (address a, uint256 b, string c)")
    with pytest.raises(SkipItem) as caught:
        function.decode(data)
    assert caught.value.code == "ABI_MALFORMED"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "f",
        "f(",
        "f(uint7)",
        "f(uint264)",
        "f(foo a)",
        "f(bytes33)",
        "f(uint a, uint a)",
        "f() g",
        "f(uint a b)",
        "f(uint;)",
    ],
)
def test_a_signature_that_cannot_be_read_stops_the_adapter(text: str) -> None:
    with pytest.raises(HaltAdapter) as caught:
        Function.parse(text)
    assert caught.value.code == "ABI_SIGNATURE"


def test_revert_reasons_in_words() -> None:
    not_found = error("LoanNotFound(uint256 loanId)")
    assert revert_reason(Function.parse("Error(string)").encode("401")) == "401"
    assert revert_reason(Function.parse("Panic(uint256)").encode(0x11)) == "panic 0x11: arithmetic overflow"
    assert revert_reason(Function.parse("LoanNotFound(uint256)").encode(9), [not_found]) == "LoanNotFound(loanId=9)"
    assert revert_reason(b"") == "no reason given"
    assert revert_reason(b"\x01\x02\x03\x04") == "unknown error 0x01020304"
    assert revert_reason(bytes.fromhex("08c379a0") + b"\xff" * 40).startswith("unreadable reason 0x08c379a0")
    assert isinstance(not_found, CustomError)
    with pytest.raises(SkipItem):
        not_found.decode(b"\x00" * 36)


ELEMENTARY = st.sampled_from(
    ["uint256", "uint8", "uint112", "int24", "int256", "address", "bool", "bytes4", "bytes32", "string", "bytes"]
)
TYPES = st.recursive(
    ELEMENTARY,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({','.join(parts)})"),
        inner.map(lambda part: part + "[]"),
        inner.map(lambda part: part + "[2]"),
    ),
    max_leaves=5,
)


def plain(value: Any) -> Any:
    return tuple(plain(item) for item in value) if isinstance(value, tuple | list | Record) else value


def outcome(decode: Any) -> Any:
    try:
        return plain(decode())
    except Exception:  # noqa: BLE001 - eth_abi's many errors
        return "refused"


@given(types=st.lists(TYPES, min_size=1, max_size=4), data=st.binary(max_size=320))
def test_random_data_decodes_as_eth_abi_does_or_is_refused(types: list[str], data: bytes) -> None:
    function = Function.parse(f"f() returns ({','.join(types)},bool)")
    with contextlib.suppress(SkipItem):
        ours = plain(function.decode(data))
        assert ours == plain(abi_decode([*types, "bool"], data))


@given(
    words=st.lists(st.one_of(st.integers(0, 2), st.integers(0, 2**256 - 1), st.integers(0, 2**160 - 1)), max_size=12),
    types=st.lists(TYPES, min_size=1, max_size=4),
)
def test_random_words_are_accepted_and_refused_exactly_as_by_eth_abi(words: list[int], types: list[str]) -> None:
    data = b"".join(value.to_bytes(32, "big") for value in words)
    function = Function.parse(f"f() returns ({','.join(types)},bool)")
    assert outcome(lambda: function.decode(data)) == outcome(lambda: abi_decode([*types, "bool"], data))
