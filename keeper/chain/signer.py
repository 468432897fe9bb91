"""Signing, and loading keys. A key never shows: not in ``repr``, in an error, nor in a pickle."""

import asyncio
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol

import orjson
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from eth_keys.backends.coincurve import CoinCurveECCBackend
from eth_utils.address import to_checksum_address

from keeper.domain.errors import ConfigError
from keeper.domain.units import Address, Hash32, Wei, to_address

_ACCOUNTS = Account()
# Said aloud, for the pure Python one, which the library falls back on in silence, is fifteen times slower.
_ACCOUNTS.set_key_backend(CoinCurveECCBackend())  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class TransactionFields:
    """An EIP-1559 transaction before it is signed. ``to`` is ``None`` for the creation of a contract."""

    chain_id: int
    nonce: int
    to: Address | None
    data: bytes
    value: Wei
    gas: int
    max_fee_per_gas: Wei
    max_priority_fee_per_gas: Wei
    access_list: Sequence[tuple[Address, Sequence[Hash32]]] = ()


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """Ready to be sent; the hash is the one the chain will know it by."""

    raw: bytes
    hash: Hash32


class Signer(Protocol):
    """Whoever holds a key: this process, or a signing service."""

    @property
    def address(self) -> Address:
        """The account that signs."""
        ...

    async def sign_transaction(self, fields: TransactionFields) -> SignedTransaction:
        """Sign a transaction."""
        ...

    async def sign_message(self, text: str) -> bytes:
        """Sign a text by EIP-191 ("personal"): 65 bytes, r, s and v as 27 or 28."""
        ...


class LocalSigner:
    """A key in this process's memory; about 0.3 ms a signature."""

    __slots__ = ("__account", "address")

    def __init__(self, key: bytes) -> None:
        try:
            account: LocalAccount = _ACCOUNTS.from_key(key)
        except Exception:  # noqa: BLE001 - whatever the library says may hold the key
            raise _bad_key("not a private key: 32 bytes in the group's range are needed") from None
        self.__account = account
        self.address = to_address(account.address)

    def __repr__(self) -> str:
        return f"LocalSigner({self.address})"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:  # noqa: ANN401 - pickle's own signature
        raise TypeError("a signer is neither copied nor stored")

    def lend_account(self) -> LocalAccount:
        """The account itself, for a library that signs by itself; whoever borrows it neither keeps nor shows it."""
        return self.__account

    async def sign_transaction(self, fields: TransactionFields) -> SignedTransaction:
        """See ``Signer``."""
        signed = self.__account.sign_transaction(_plain(fields))  # type: ignore[no-untyped-call]
        return SignedTransaction(bytes(signed.rawTransaction), Hash32("0x" + bytes(signed.hash).hex()))

    async def sign_message(self, text: str) -> bytes:
        """See ``Signer``."""
        signed = self.__account.sign_message(encode_defunct(text=text))  # type: ignore[no-untyped-call]
        return bytes(signed.signature)


def _plain(fields: TransactionFields) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "type": 2,
        "chainId": fields.chain_id,
        "nonce": fields.nonce,
        "data": fields.data,
        "value": fields.value,
        "gas": fields.gas,
        "maxFeePerGas": fields.max_fee_per_gas,
        "maxPriorityFeePerGas": fields.max_priority_fee_per_gas,
        "accessList": [
            {"address": to_checksum_address(address), "storageKeys": list(keys)} for address, keys in fields.access_list
        ],
    }
    if fields.to is not None:
        plain["to"] = to_checksum_address(fields.to)
    return plain


async def load_keystore(path: Path, password_file: Path) -> LocalSigner:
    """The key in an encrypted keystore (version 3). Decryption takes most of a second, in a thread.

    Raises ``ConfigError``: ``KEY_FILE_MISSING``, ``KEY_FILE_OPEN``, ``KEY_UNREADABLE`` or ``KEY_PASSWORD_WRONG``.
    """
    text, password = _private(path), _private(password_file).decode().rstrip("\r\n")
    try:
        keystore = orjson.loads(text)
        key = await asyncio.to_thread(_ACCOUNTS.decrypt, keystore, password)
    except ValueError as error:
        if "MAC" in str(error):
            raise ConfigError(
                "KEY_PASSWORD_WRONG", f"{password_file} does not open {path}", "correct the password file"
            ) from None
        raise _bad_key(f"{path} is not a keystore of version 3") from None
    except (KeyError, TypeError, NotImplementedError):
        raise _bad_key(f"{path} is not a keystore of version 3") from None
    return LocalSigner(bytes(key))


def load_key_file(path: Path) -> LocalSigner:
    """The key in a file that holds it as hex. Raises ``ConfigError`` as ``load_keystore`` does."""
    return LocalSigner(_from_hex(_private(path).decode(errors="replace"), str(path)))


def load_environment_key(name: str, *, allowed: bool) -> LocalSigner:
    """The key in an environment variable, where the operator has allowed that explicitly.

    Other processes of the user, and whoever gets a crash report, can read an environment; hence the permission.
    Raises ``ConfigError``: ``KEY_ENVIRONMENT_REFUSED``, ``KEY_ENVIRONMENT_MISSING`` or ``KEY_UNREADABLE``.
    """
    if not allowed:
        raise ConfigError(
            "KEY_ENVIRONMENT_REFUSED",
            f"a key in the environment ({name}) is not allowed",
            "use a keystore, or allow it explicitly",
        )
    text = os.environ.get(name)
    if text is None:
        raise ConfigError("KEY_ENVIRONMENT_MISSING", f"{name} is not set", "set it, or use a keystore")
    return LocalSigner(_from_hex(text, name))


def _private(path: Path) -> bytes:
    """A file's content, if nobody but its owner may read it."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o177:
                raise ConfigError(
                    "KEY_FILE_OPEN", f"{path} has permissions {mode:04o}, wider than 0600", f"chmod 600 {path}"
                )
            return file.read()
    except OSError as error:
        raise ConfigError("KEY_FILE_MISSING", f"{path}: {error.strerror}", "correct the path") from None


def _from_hex(text: str, where: str) -> bytes:
    try:
        return bytes.fromhex(text.strip().removeprefix("0x"))
    except ValueError:
        raise _bad_key(f"{where} does not hold a key as hex") from None


def _bad_key(what: str) -> ConfigError:
    return ConfigError("KEY_UNREADABLE", what, "write the key as 64 hex digits, or use a keystore")
