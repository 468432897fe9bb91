"""Who gets which log, and how one that is out of step leaves the others alone."""

from collections.abc import Sequence
from dataclasses import replace

from eth_abi.abi import encode

from keeper.book import Book
from keeper.domain.adapters import Happening
from keeper.domain.blocks import Log
from keeper.domain.env import Env
from keeper.domain.facts import Change, PriceKey
from keeper.domain.positions import Position, PositionKey
from keeper.domain.units import RAY, WAD, ZERO_ADDRESS, Address, Bps, Hash32, Wei
from keeper.engine import Adapters
from keeper.protocols.benddao_v1 import BendDaoV1, abi
from keeper.protocols.benddao_v1.records import Contracts, NftRules, OracleRules, Pause
from keeper.venues.sudoswap_v2 import SudoswapV2
from keeper.venues.sudoswap_v2.contracts import TRANSFER
from tests.support.books import address, header

APES, WETH, USER = (address(number) for number in (0xA9, 0xEE, 0x5E))
POOL, LOANS, ORACLE = (address(number) for number in (11, 12, 13))


def word(value: int | str) -> Hash32:
    return Hash32(f"0x{int(value, 16) if isinstance(value, str) else value:064x}")


def bend(name: str = "bend") -> BendDaoV1:
    return BendDaoV1(name, 1, BendDaoV1.Config(addresses_provider=address(10), start_block=0))


def sudoswap() -> SudoswapV2:
    config = SudoswapV2.Config(
        factory=address(20), curves={"linear": address(21)}, collections=(APES,), weth=WETH, start_block=0
    )
    return SudoswapV2("sudoswap", 1, config)


def book_for(*protocols: BendDaoV1) -> Book:
    """What their bootstrap would have read."""
    book = Book()
    for protocol in protocols:
        keys = protocol.keys
        book.apply_timeless(
            [
                Change(keys.contracts(), Contracts(address(10), POOL, LOANS, ORACLE, address(15), address(16))),
                Change(keys.pause(), Pause(paused=False, start=0, duration=0)),
                Change(keys.oracle(), OracleRules(ZERO_ADDRESS, 21_600, 0, 0, 0, 0, WAD)),
                Change(
                    keys.nft(APES),
                    NftRules(
                        active=True,
                        discount_bps=Bps(500),
                        redeem_seconds=86_400,
                        auction_seconds=86_400,
                        redeem_fine_bps=Bps(500),
                        min_bid_fine_bps=Bps(2_000),
                    ),
                ),
            ]
        )
    return book


def log(contract: Address, topics: Sequence[Hash32], data: bytes, index: int = 0) -> Log:
    return Log(contract, tuple(topics), data, 100, Hash32("0x" + "bb" * 32), word(1), 0, index)


def created(loan: int) -> Log:
    data = encode(["address", "uint256", "address", "uint256", "uint256"], [APES, loan, WETH, WAD, RAY])
    return log(LOANS, [abi.LOAN_CREATED.topic, word(USER), word(USER), word(loan)], data)


def repaid(loan: int) -> Log:
    data = encode(["address", "uint256", "address", "uint256", "uint256"], [APES, loan, WETH, WAD, RAY])
    return log(LOANS, [abi.LOAN_REPAID.topic, word(USER), word(loan)], data)


def twap(price: int) -> Log:
    data = encode(["uint256", "uint256"], [price, 1_700_000_000])
    return log(ORACLE, [abi.SET_ASSET_TWAP_PRICE.topic, word(APES)], data)


def transferred(token_id: int) -> Log:
    return log(APES, [TRANSFER.topic, word(USER), word(address(77)), word(token_id)], b"")


def apply(adapters: Adapters, book: Book, *logs: Log) -> list[Happening]:
    happenings: list[Happening] = []
    adapters.interests(book)
    for each in logs:
        happenings += adapters.apply(each, 1_700_000_000, book, book.apply_timeless)[1]
    return happenings


def positions(book: Book) -> set[tuple[str, str]]:
    return {(key.deployment, key.native_id) for key in book.keys(PositionKey) if isinstance(key, PositionKey)}


def test_a_log_goes_to_those_who_want_it_by_address_and_topic() -> None:
    protocol = bend()
    adapters, book = Adapters([protocol], [sudoswap()]), book_for(protocol)
    stranger = replace(created(2), address=address(99))
    apply(adapters, book, created(1), stranger, twap(WAD), transferred(7))
    assert positions(book) == {("bend", "1")}
    price = book.get(PriceKey("bend", APES, "twap"))
    assert price is not None
    assert price.value == WAD
    assert adapters.halted == {}


def test_a_log_without_topics_is_nobodys() -> None:
    protocol = bend()
    adapters, book = Adapters([protocol], []), book_for(protocol)
    assert apply(adapters, book, log(LOANS, [], b"")) == []


def test_two_deployments_that_share_a_contract_both_get_its_logs() -> None:
    first, second = bend("first"), bend("second")
    adapters, book = Adapters([first, second], []), book_for(first, second)
    apply(adapters, book, created(1))
    assert positions(book) == {("first", "1"), ("second", "1")}


def test_a_deployment_that_comes_to_want_what_another_wanted_already_gets_it_from_then_on() -> None:
    """The set of all interests stays the same then; who they belong to does not."""
    first, second = bend("first"), bend("second")
    adapters, book = Adapters([first, second], []), book_for(first)
    before = adapters.interests(book)
    for key in (first.keys, second.keys):
        contracts = book.get(first.keys.contracts())
        book.apply_timeless([Change(key.contracts(), contracts)])
    assert adapters.interests(book) == before
    apply(adapters, book, created(1))
    assert positions(book) == {("first", "1"), ("second", "1")}


def test_a_log_that_cannot_be_true_halts_its_own_adapter_alone() -> None:
    first, second = bend("first"), bend("second")
    venue = sudoswap()
    adapters, book = Adapters([first, second], [venue]), book_for(first, second)
    apply(adapters, book, created(1), created(2))
    book.apply_timeless([Change(first.keys.loan(2), None)])
    happenings = apply(adapters, book, repaid(2), repaid(1), transferred(7))
    assert set(adapters.halted) == {"first"}
    assert [adapter.deployment for adapter in adapters.live] == ["second", "sudoswap"]
    assert positions(book) == {("first", "1")}
    assert {each.position.deployment for each in happenings} == {"second"}


def test_a_log_that_cannot_be_read_halts_its_adapter_and_not_the_process() -> None:
    first, second = bend("first"), sudoswap()
    adapters, book = Adapters([first], [second]), book_for(first)
    cut = replace(created(1), data=created(1).data[:-1])
    apply(adapters, book, cut, transferred(7))
    assert set(adapters.halted) == {"first"}
    assert adapters.halted["first"].code == "ABI_MALFORMED"
    assert positions(book) == set()


def test_nothing_is_done_about_the_positions_of_one_that_is_halted() -> None:
    protocol = bend()
    adapters, book = Adapters([protocol], []), book_for(protocol)
    apply(adapters, book, created(1), repaid(9))
    (key,) = (key for key in book.keys(PositionKey) if isinstance(key, PositionKey))
    position = book.get(key)
    assert isinstance(position, Position)
    assert adapters.steps(position, Env(1, 1, Wei(0), book, USER)) == ()
    assert adapters.interests(book) == frozenset()


def test_logs_of_one_that_is_halted_are_no_longer_asked_for() -> None:
    protocol, venue = bend(), sudoswap()
    adapters, book = Adapters([protocol], [venue]), book_for(protocol)
    book.begin(header(1))
    book.commit()
    apply(adapters, book, repaid(9))
    wanted = adapters.interests(book)
    assert not any(interest.wants(created(1)) for interest in wanted)
    assert any(interest.wants(transferred(1)) for interest in wanted)
