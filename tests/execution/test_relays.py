"""Sending to relays as they are: every dialect understood, every fault named, nothing raised."""

from collections.abc import AsyncIterator

import aiohttp
import orjson
import pytest

from keeper.chain.signer import LocalSigner
from keeper.devnet.anvil import Anvil
from keeper.devnet.relay import Behaviour, Dialect, Fate, Fault
from keeper.devnet.relay import Relay as LocalRelay
from keeper.domain.units import Address
from keeper.execution.answers import Accepted, Refused, Unresolved
from keeper.execution.relays import (
    Bundle,
    CancelStyle,
    Relay,
    RelaySettings,
    SignedRequests,
    call_bundle_params,
    cancel_request,
    open_session,
)
from tests.support.wallets import wallet

UUID = "6b1f3a52-30f5-4e0a-9a31-2f0f4f3c7d11"
SINK = Address("0x" + "77" * 20)


@pytest.fixture
def requests() -> SignedRequests:
    return SignedRequests(LocalSigner(bytes.fromhex(wallet(4).key[2:])))


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


def at(url: str, session: aiohttp.ClientSession, *, timeout_seconds: float = 1.5) -> Relay:
    return Relay(RelaySettings("local", url, simulates=True, timeout_seconds=timeout_seconds), session)


def bundle_for(block: int, *, nonce: int = 0) -> Bundle:
    return Bundle((wallet(1).sign(SINK, value=1, nonce=nonce).raw,), block, UUID)


def test_a_request_is_signed_over_the_exact_bytes_sent() -> None:
    """The relay's published vector, with its key and its body."""
    requests = SignedRequests(LocalSigner(b"\x11" * 32))
    provider = requests._provider
    body = b'{"jsonrpc":"2.0","id":1,"method":"eth_sendBundle","params":[{"txs":["0x02"],"blockNumber":"0x1"}]}'
    assert provider._get_flashbots_headers(body)["X-Flashbots-Signature"] == (
        "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A:"
        "0x1b818b18afb94ed71cf54a402c6883e59a85c12fbe9823c3bec060a2841e5a9e"
        "56e7b6347abe7cbe492d2a25135886c44994517c2a76d01b9199c02ca24790aa1c"
    )


@pytest.mark.parametrize(("dialect", "with_hash"), [(d, d is not Dialect.NULL) for d in Dialect])
async def test_a_bundle_is_accepted_in_every_dialect(
    relay: LocalRelay, requests: SignedRequests, session: aiohttp.ClientSession, dialect: Dialect, with_hash: bool
) -> None:
    relay.behaviour = Behaviour(dialect=dialect)
    answer = await at(relay.url, session).send(requests.make("eth_sendBundle", [bundle_for(1).body()]))
    assert isinstance(answer, Accepted)
    assert (answer.bundle_hash is not None) is with_hash


FAULTS = [
    (Fault.FORBIDDEN, Refused, "RELAY_FORBIDDEN"),
    (Fault.RATE_LIMITED, Refused, "RELAY_RATE_LIMITED"),
    (Fault.HTML, Unresolved, "RELAY_SERVER_ERROR"),
    (Fault.RESET, Unresolved, "RELAY_CONNECTION"),
    (Fault.HANG, Unresolved, "RELAY_TIMEOUT"),
    (Fault.ACCEPT_THEN_HANG, Unresolved, "RELAY_TIMEOUT"),
]


@pytest.mark.parametrize(("fault", "kind", "code"), FAULTS, ids=[fault.name for fault, _, _ in FAULTS])
async def test_a_fault_is_told_by_its_code(
    relay: LocalRelay,
    requests: SignedRequests,
    session: aiohttp.ClientSession,
    fault: Fault,
    kind: type[Refused | Unresolved],
    code: str,
) -> None:
    relay.behaviour = Behaviour(fault=fault)
    answer = await at(relay.url, session, timeout_seconds=0.3).send(
        requests.make("eth_sendBundle", [bundle_for(1).body()])
    )
    assert isinstance(answer, kind)
    assert answer.code == code


async def test_a_bundle_whose_answer_timed_out_may_land_all_the_same(
    relay: LocalRelay, relay_chain: Anvil, requests: SignedRequests, session: aiohttp.ClientSession
) -> None:
    relay.behaviour = Behaviour(fault=Fault.ACCEPT_THEN_HANG)
    sent = bundle_for(1)
    answer = await at(relay.url, session, timeout_seconds=0.3).send(requests.make("eth_sendBundle", [sent.body()]))
    assert isinstance(answer, Unresolved)
    await relay.build_block()
    assert [outcome.fate for outcome in relay.outcomes] == [Fate.INCLUDED]
    assert int(str(await relay_chain.rpc("eth_getBalance", SINK, "latest")), 16) == 1


async def test_a_relay_that_is_not_there_was_not_sent_to(
    requests: SignedRequests, session: aiohttp.ClientSession
) -> None:
    answer = await at("http://127.0.0.1:1", session).send(requests.make("eth_sendBundle", [bundle_for(1).body()]))
    assert isinstance(answer, Refused)
    assert answer.code == "RELAY_UNREACHABLE"


async def test_our_own_limit_refuses_before_anything_is_sent(
    relay: LocalRelay, requests: SignedRequests, session: aiohttp.ClientSession
) -> None:
    tight = Relay(RelaySettings("local", relay.url, timeout_seconds=0.2, bundles_per_minute=1), session)
    request = requests.make("eth_sendBundle", [bundle_for(1).body()])
    assert isinstance(await tight.send(request), Accepted)
    answer = await tight.send(request)
    assert isinstance(answer, Refused)
    assert answer.code == "RELAY_RATE_LIMITED"


async def test_a_later_bundle_under_the_same_uuid_takes_the_place_of_the_earlier(
    relay: LocalRelay, requests: SignedRequests, session: aiohttp.ClientSession
) -> None:
    client = at(relay.url, session)
    for value in (1, 2):
        raw = wallet(1).sign(SINK, value=value, nonce=0).raw
        await client.send(requests.make("eth_sendBundle", [Bundle((raw,), 1, UUID).body()]))
    built = await relay.build_block()
    assert len(built.tx_hashes) == 1
    assert sorted(outcome.fate for outcome in relay.outcomes) == sorted([Fate.INCLUDED, Fate.REPLACED])


@pytest.mark.parametrize("style", CancelStyle)
async def test_a_bundle_is_taken_back_in_the_relays_own_way(
    relay: LocalRelay, requests: SignedRequests, session: aiohttp.ClientSession, style: CancelStyle
) -> None:
    if style is CancelStyle.EMPTY_BUNDLE:
        relay.behaviour = Behaviour(dialect=Dialect.BUILDERNET)
    client = at(relay.url, session)
    await client.send(requests.make("eth_sendBundle", [bundle_for(1).body()]))
    method, params = cancel_request(style, UUID)
    assert isinstance(await client.send(requests.make(method, [params])), Accepted)
    assert not (await relay.build_block()).tx_hashes


async def test_a_simulation_answers_with_what_the_coinbase_gets(
    relay: LocalRelay, requests: SignedRequests, session: aiohttp.ClientSession
) -> None:
    raw = wallet(1).sign(SINK, value=1, nonce=0, tip=10**9).raw
    params = call_bundle_params([raw], 1, 0, 1_700_000_012)
    answer = await at(relay.url, session).simulate(requests.make("eth_callBundle", [params]))
    assert isinstance(answer, Accepted)
    assert int(answer.result["coinbaseDiff"]) == 21_000 * 10**9


def test_settings_show_the_host_and_nothing_that_could_be_a_key() -> None:
    settings = RelaySettings("paid", "https://user:password@relay.example/v1/SECRETKEY")
    assert settings.label == "paid (relay.example)"
    assert "SECRETKEY" not in repr(settings)
    assert "password" not in repr(settings)


def test_a_bundles_body_holds_no_field_that_means_nothing() -> None:
    body = Bundle((b"\x02",), 17, UUID).body()
    assert orjson.loads(orjson.dumps(body)) == {
        "txs": ["0x02"],
        "blockNumber": "0x11",
        "revertingTxHashes": [],
        "replacementUuid": UUID,
    }
