"""The ``X-Flashbots-Signature`` header: who sent exactly these bytes.

Format: ``address:signature``, the signature being an EIP-191 text signature over the text ``0x`` + hex of the
keccak of the raw body. Source: Flashbots' documentation of relay authentication, and the checks of its public
rpc-endpoint (exactly one colon, 65 bytes, v of 27 or 28 or of 0 or 1, addresses compared without case).
"""

import re

from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from keeper.domain.units import Address, to_address

HEADER = "X-Flashbots-Signature"

_FORM = re.compile("(0x[0-9a-fA-F]{40}):0x([0-9a-fA-F]{130})")


class SignatureRefused(Exception):
    """The header does not prove who sent the body; the message is what the relay answers."""


def recover_sender(message_hash: bytes, r_s: bytes, parity: int) -> Address:
    """The address whose key signed the hash. Raises ``ValueError`` where no key could have."""
    try:
        key = Signature(r_s + bytes([parity])).recover_public_key_from_msg_hash(message_hash)
    except (BadSignature, ValidationError) as error:
        raise ValueError(str(error)) from error
    return to_address(key.to_canonical_address())


def signed_text_hash(body: bytes) -> bytes:
    """What is signed: the EIP-191 hash of the 66 characters that spell the body's keccak."""
    return keccak(b"\x19Ethereum Signed Message:\n660x" + keccak(body).hex().encode())


def verify_signature(header: str | None, body: bytes) -> Address:
    """The signer that the header claims and proves. Raises ``SignatureRefused``."""
    if not header:
        raise SignatureRefused("missing X-Flashbots-Signature header")
    form = _FORM.fullmatch(header)
    if form is None:
        raise SignatureRefused("invalid X-Flashbots-Signature header")
    claimed = to_address(form[1])
    signature = bytes.fromhex(form[2])
    parity = signature[64] - 27 if signature[64] >= 27 else signature[64]
    try:
        signer = recover_sender(signed_text_hash(body), signature[:64], parity)
    except ValueError as error:
        raise SignatureRefused(f"error in signature check {claimed}") from error
    if signer != claimed:
        raise SignatureRefused(f"signer address does not equal expected, got {signer}, expected {claimed}")
    return signer
