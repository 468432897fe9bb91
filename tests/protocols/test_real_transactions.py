"""Real transactions of mainnet through the adapters: what the chain did is what the book then says."""

import gzip
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from keeper.book.book import Book
from keeper.domain.adapters import Event, Happening
from keeper.domain.auctions import DutchExpThenLinear
from keeper.domain.blocks import Header, Log
from keeper.domain.debt import IndexScaled
from keeper.domain.env import Env
from keeper.domain.facts import AssetTerms, Change, Compounding, Index, Price
from keeper.domain.fixed_point import ray_div
from keeper.domain.positions import PositionKey
from keeper.domain.steps import Kind
from keeper.domain.units import WAD, ZERO_ADDRESS, Address, Bps, Ray, Wad, Wei, to_address, to_hash
from keeper.protocols.benddao_v1 import BendDaoV1
from keeper.protocols.benddao_v1 import abi as bend_abi
from keeper.protocols.benddao_v1 import records as bend
from keeper.protocols.paraspace import ParaSpace
from keeper.protocols.paraspace import abi as para_abi
from keeper.protocols.paraspace import records as para
from keeper.protocols.paraspace.book import kept

DATA = Path(os.environ.get("KEEPER_REALDATA", Path(__file__).parents[2] / ".." / "shared" / "data")).resolve()
LIQUIDATION = DATA / "nftfi_tx_vectors" / "19575404_001_3b8b7271.json.gz"
REPAYMENT = DATA / "benddao_real" / "repay_tx_0xceda102d_block_15430159.json.gz"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not LIQUIDATION.is_file(), reason=f"no real transactions in {DATA}; set KEEPER_REALDATA"),
]

WETH = Address("0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2")
BAYC = Address("0xbc4ca0eda7647a8ab7c2061c2e118a18a936f13d")


def read(path: Path) -> tuple[dict[str, Any], Header, list[Log]]:
    content = orjson.loads(gzip.decompress(path.read_bytes()))
    block, transaction = content["block"], content["transaction"]
    header = Header(
        number=transaction["blockNumber"],
        hash=to_hash(transaction["blockHash"]),
        parent_hash=to_hash("0x" + "11" * 32),
        timestamp=int(block["timestamp"]),
        base_fee=Wei(0),
        gas_used=0,
        gas_limit=0,
        coinbase=ZERO_ADDRESS,
    )
    logs = [
        Log(
            address=to_address(entry["address"]),
            topics=tuple(to_hash(topic) for topic in entry["topics"]),
            data=bytes.fromhex(entry["data"][2:]),
            block_number=header.number,
            block_hash=header.hash,
            tx_hash=to_hash(transaction["hash"]),
            tx_index=transaction["transactionIndex"],
            log_index=entry["logIndex"],
        )
        for entry in transaction["receipt"]["logs"]
    ]
    return transaction, header, logs


def follow(adapter: BendDaoV1 | ParaSpace, book: Book, header: Header, logs: list[Log]) -> list[Happening]:
    happenings: list[Happening] = []
    book.begin(header)
    for log in logs:
        if any(interest.wants(log) for interest in adapter.interests(book)):
            applied = adapter.apply(log, header.timestamp, book)
            book.apply(applied.changes)
            happenings.extend(applied.happenings)
    book.commit()
    return happenings


def test_the_liquidation_of_bayc_341_costs_what_was_paid() -> None:
    transaction, header, logs = read(LIQUIDATION)
    call = para_abi.LIQUIDATE_NFT.decode_input(bytes.fromhex(transaction["input"][2:]))
    paid = 10_683_270_000_000_000_000
    assert (call.collateralAsset, call.collateralTokenId, call.receiveNToken) == (BAYC, 341, False)
    assert int(transaction["value"]) == paid
    adapter = ParaSpace("para", 1, ParaSpace.Config(addresses_provider=ZERO_ADDRESS, start_block=0))
    keys, pool, user = adapter.keys, to_address(transaction["to"]), call.user
    n_token, p_weth = to_address("0x7285e8F0186a0A41E73ceF7603AD7b80A2d5a793"), logs[4].address
    started = header.timestamp - 57_168
    # The published curve of the collection with 0.9 for its lowest: without that it would stand at 0.89983 by now.
    steps = (Wad(11_022_766_650_000_000), Wad(20_225_927_360_000_000))
    curve = DutchExpThenLinear(Wad(25 * 10**17), Wad(12 * 10**17), Wad(9 * 10**17), *steps, 900)
    assert curve.multiplier(57_168) == 9 * 10**17
    assert replace(curve, lowest=Wad(8 * 10**17)).multiplier(57_168) // 10**13 == 89_983
    apes = para.Reserve(
        BAYC, True, True, False, Bps(0), n_token, ZERO_ADDRESS, Address("0x01"), curve, True, ZERO_ADDRESS, ZERO_ADDRESS
    )
    weth = replace(apes, asset=WETH, is_nft=False, x_token=p_weth, strategy=ZERO_ADDRESS, curve=None)
    account = para.Account(
        user,
        (0, 0),
        debts={WETH: 12 * WAD},
        flags=frozenset({BAYC}),
        nfts=(para.Nft(BAYC, 341, used=True, auction_start=started),),
    )
    one = Index(Ray(10**27), Ray(0), header.timestamp - 100, Compounding.AAVE_V3)
    contracts = para.Contracts(ZERO_ADDRESS, pool, ZERO_ADDRESS, ZERO_ADDRESS, ZERO_ADDRESS, WETH, 15 * 10**17)
    book = Book()
    book.apply_timeless(
        [
            Change(keys.contracts(), contracts),
            Change(keys.reserves(), {BAYC: apes, WETH: weth}),
            Change(keys.token(n_token), para.Token(BAYC, para.Side.NFT)),
            Change(keys.token(p_weth), para.Token(WETH, para.Side.SUPPLY)),
            Change(keys.terms(BAYC), AssetTerms(keys.price(BAYC), 1, Bps(8000), Bps(10_500), is_nft=True)),
            Change(keys.terms(WETH), AssetTerms(None, WAD, Bps(8600), Bps(10_450))),
            Change(keys.price(BAYC), Price(Wei(0xA4BBC6F55D51C000), 0, 0)),
            Change(keys.supply_index(WETH), one),
            Change(keys.debt_index(WETH), one),
        ]
    )
    book.apply_timeless(kept(account, book, keys))
    position = book.get(keys.position(user))
    assert position is not None
    env = Env(header.number, header.timestamp, Wei(0), book, to_address(transaction["from"]))
    (step,) = [step for step in adapter.steps(position, env) if step.kind is Kind.BUY]
    assert step.pre.now
    assert step.pays is not None
    assert step.pays.amount == paid == 11_870_300_000_000_000_000 * 9 // 10
    assert step.call.to == pool

    (liquidated,) = follow(adapter, book, header, logs)
    assert (liquidated.event, liquidated.amount, liquidated.token_id) == (Event.LIQUIDATED, paid, 341)
    after = book.get(keys.account(user))
    assert after is not None
    assert after.nfts == ()
    index = book.get(keys.supply_index(WETH))
    assert index is not None
    assert after.supplies == {WETH: ray_div(paid, index.value)}
    assert after.flags == {WETH}


def test_a_repayment_in_the_crisis_of_2022_closes_its_loan() -> None:
    _, header, logs = read(REPAYMENT)
    config = BendDaoV1.Config(addresses_provider=ZERO_ADDRESS, start_block=0)
    adapter = BendDaoV1("bend", 1, config)
    keys = adapter.keys
    pool = to_address("0x70b97A0da65C15dfb0FFA02aEE6FA36e507C2762")
    loans = to_address("0x5f6ac80CdB9E87f3Cfa6a90E5140B9a16A361d5C")
    (repaid,) = [bend_abi.LOAN_REPAID.decode(log) for log in logs if bend_abi.LOAN_REPAID.matches(log)]
    assert (repaid.loanId, repaid.nftTokenId, repaid.amount) == (2883, 0x34CA, 0x2CAAFFF3FAEF90CF)
    created = bend_abi.LOAN_CREATED
    book = Book()
    contracts = bend.Contracts(ZERO_ADDRESS, pool, loans, ZERO_ADDRESS, ZERO_ADDRESS, ZERO_ADDRESS)
    words = [repaid.nftAsset, repaid.nftTokenId, repaid.reserveAsset, repaid.amount, repaid.borrowIndex]
    first = replace(
        logs[0],
        address=loans,
        topics=(created.topic, *(to_hash("0x" + _word(value)) for value in (repaid.user, repaid.user, repaid.loanId))),
        data=bytes.fromhex("".join(_word(value) for value in words)),
    )
    book.apply_timeless([Change(keys.contracts(), contracts)])
    book.apply_timeless(adapter.apply(first, header.timestamp, book).changes)
    assert list(book.keys(PositionKey)) == [keys.loan(2883)]
    (closed,) = follow(adapter, book, header, logs)
    assert (closed.event, closed.amount) == (Event.CLOSED, repaid.amount)
    assert list(book.keys(PositionKey)) == []
    index = book.get(keys.debt_index(WETH))
    assert index is not None
    assert (index.value, index.updated_at) == (repaid.borrowIndex, header.timestamp)


def _word(value: int | str) -> str:
    return f"{int(value, 16) if isinstance(value, str) else value:064x}"


def test_the_interest_of_a_real_loan_to_the_last_digit() -> None:
    vector = orjson.loads((DATA / "benddao_real" / "interest_vector_loan_12196.json").read_bytes())
    config = BendDaoV1.Config(addresses_provider=ZERO_ADDRESS, start_block=0)
    keys = BendDaoV1("bend", 1, config).keys
    usdt = Address("0x" + "dd" * 20)
    start, rate = vector["variable_borrow_index_t0_ray"], vector["variable_borrow_rate_ray"]
    index = Index(Ray(int(start)), Ray(int(rate)), vector["timestamp_t0"], Compounding.AAVE_V2)
    book = Book()
    book.apply_timeless([Change(keys.debt_index(usdt), index)])
    debt = IndexScaled(vector["scaled_debt"], keys.debt_index(usdt), keys.terms(usdt))
    owed = [
        debt.owed(Env(0, vector[moment], Wei(0), book, ZERO_ADDRESS)) for moment in ("timestamp_t0", "timestamp_t1")
    ]
    assert owed == [vector["debt_t0"], vector["debt_t1"]]
    assert index.at(vector["timestamp_t1"]) == int(vector["variable_borrow_index_t1_ray"])
