"""Who sent a body: the public test vectors, and what must not pass for a signature."""

import pytest

from keeper.devnet.relay.signature import SignatureRefused, verify_signature
from tests.support.wallets import Wallet

BODY = b'{"jsonrpc":"2.0","id":1,"method":"eth_sendBundle","params":[{"txs":["0x02"],"blockNumber":"0x1"}]}'
SIGNED_BY_ETHERS = (
    "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A:"
    "0x1b818b18afb94ed71cf54a402c6883e59a85c12fbe9823c3bec060a2841e5a9e"
    "56e7b6347abe7cbe492d2a25135886c44994517c2a76d01b9199c02ca24790aa1c"
)
HELLO_WITH_V_27 = (
    "0x4bE0Cd2553356b4ABb8b6a1882325dAbC8d3013D:"
    "0xbf36915334f8fa93894cd54d491c31a89dbf917e9a4402b2779b73d21ecf46e3"
    "6ff07db2bef6d10e92c99a02c1c5ea700b0b674dfa5d3ce9220822a7ebcc17101b"
)
HELLO_WITH_V_28 = (
    "0x2485Aaa7C5453e04658378358f5E028150Dc7606:"
    "0xff2aa92eb8d8c2ca04f1755a4ddbff4bda6a5c9cefc8b706d5d8a21d3aa6fe7a"
    "20d3ec062fb5a4c1656fd2c14a8b33ca378b830d9b6168589bfee658e83745cc1b"
)


@pytest.mark.parametrize(
    ("header", "body"),
    [(SIGNED_BY_ETHERS, BODY), (HELLO_WITH_V_27, b"Hello"), (HELLO_WITH_V_28, b"Hello")],
)
def test_public_vectors_prove_their_signer(header: str, body: bytes) -> None:
    claimed = header[:42].lower()
    assert verify_signature(header, body) == claimed
    assert verify_signature(claimed + header[42:], body) == claimed


def test_our_own_headers_are_those_of_ethers() -> None:
    assert Wallet("0x" + "11" * 32).relay_header(BODY) == SIGNED_BY_ETHERS


def test_the_recovery_bit_may_lack_its_27() -> None:
    bare = SIGNED_BY_ETHERS[:-2] + "01"
    assert verify_signature(bare, BODY) == verify_signature(SIGNED_BY_ETHERS, BODY)


@pytest.mark.parametrize("header", [None, ""])
def test_a_missing_header_is_called_so(header: str | None) -> None:
    with pytest.raises(SignatureRefused, match="missing X-Flashbots-Signature header"):
        verify_signature(header, BODY)


@pytest.mark.parametrize(
    "header",
    [
        SIGNED_BY_ETHERS.replace(":", ""),
        SIGNED_BY_ETHERS.replace(":", "::"),
        SIGNED_BY_ETHERS + "00000000",
        SIGNED_BY_ETHERS[:-8],
        SIGNED_BY_ETHERS.replace(":0x", ":"),
        SIGNED_BY_ETHERS.removeprefix("0x"),
        SIGNED_BY_ETHERS[:-2] + "zz",
        SIGNED_BY_ETHERS[4:],
        "garbage",
    ],
)
def test_a_header_of_another_form_is_invalid(header: str) -> None:
    with pytest.raises(SignatureRefused, match="invalid X-Flashbots-Signature header"):
        verify_signature(header, BODY)


@pytest.mark.parametrize("body", [b"", b"Hello", BODY + b"...", BODY[:-8], BODY.replace(b"0x1", b"0x2")])
def test_another_body_has_another_signer(body: bytes) -> None:
    with pytest.raises(SignatureRefused, match="signer address does not equal expected"):
        verify_signature(SIGNED_BY_ETHERS, body)


def test_another_address_is_not_the_signer() -> None:
    stolen = HELLO_WITH_V_27[:42] + SIGNED_BY_ETHERS[42:]
    with pytest.raises(SignatureRefused, match="got 0x19e7e376"):
        verify_signature(stolen, BODY)


@pytest.mark.parametrize("signature", ["00" * 65, "ff" * 64 + "1b", SIGNED_BY_ETHERS[-130:-2] + "1f"])
def test_numbers_that_are_no_signature_are_an_error_in_the_check(signature: str) -> None:
    with pytest.raises(SignatureRefused, match="error in signature check"):
        verify_signature(SIGNED_BY_ETHERS[:45] + signature, BODY)
