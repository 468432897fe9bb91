"""Signing, and keys that never show."""

import copy
import pickle
import traceback
from pathlib import Path

import orjson
import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_keyfile.keyfile import create_keyfile_json
from web3 import Web3

from keeper.chain.http_client import HttpClient
from keeper.chain.reader import Reader
from keeper.chain.rpc import Endpoint
from keeper.chain.signer import (
    LocalSigner,
    Signer,
    TransactionFields,
    load_environment_key,
    load_key_file,
    load_keystore,
)
from keeper.devnet.anvil import Anvil
from keeper.domain.errors import ConfigError
from keeper.domain.units import GWEI, Address, Hash32, Wei

KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
ADDRESS = Address("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266")
BOB = Address("0x" + "b0" * 20)


def fields(nonce: int, to: Address | None = BOB, data: bytes = b"") -> TransactionFields:
    access = [(BOB, [Hash32("0x" + "01" * 32)])]
    return TransactionFields(31337, nonce, to, data, Wei(5), 200_000, Wei(3 * GWEI), Wei(GWEI), access)


def private(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(0o600)
    return path


async def test_signed_transactions_are_mined_under_the_hash_we_computed(chain: Anvil) -> None:
    signer: Signer = LocalSigner(bytes.fromhex(KEY))
    assert signer.address == ADDRESS
    for nonce, to in enumerate([BOB, None]):
        signed = await signer.sign_transaction(fields(nonce, to, b"" if to else bytes.fromhex("00")))
        receipt = await chain.transact(signed.raw)
        assert receipt["transactionHash"] == signed.hash
        assert receipt["status"] == "0x1"
    async with HttpClient(Endpoint(chain.url)) as client:
        assert await Reader(client).balance(BOB) == 5


async def test_a_text_is_signed_so_that_everybody_recovers_the_address() -> None:
    signature = await LocalSigner(bytes.fromhex(KEY)).sign_message("0x1234")
    recovered = Account.recover_message(encode_defunct(text="0x1234"), signature=signature)
    assert recovered.lower() == ADDRESS
    assert signature[64] in {27, 28}


def test_signing_runs_on_the_c_library() -> None:
    signer = LocalSigner(bytes.fromhex(KEY))
    account = signer._LocalSigner__account  # type: ignore[attr-defined] # the private slot is what is looked at
    assert type(account._publicapi._keys.backend).__name__ == "CoinCurveECCBackend"


def test_a_signer_cannot_be_printed_copied_or_pickled() -> None:
    signer = LocalSigner(bytes.fromhex(KEY))
    assert repr(signer) == str(signer) == f"LocalSigner({ADDRESS})"
    with pytest.raises(TypeError):
        pickle.dumps(signer)
    with pytest.raises(TypeError):
        copy.copy(signer)
    assert not hasattr(signer, "__dict__")


@pytest.mark.parametrize("key", [KEY[:62], KEY + "00", "00" * 32, "ff" * 32, KEY[:63] + "x", ""])
def test_a_bad_key_is_refused_without_being_shown(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_key_file(private(tmp_path / "key", key))
    assert caught.value.code == "KEY_UNREADABLE"
    shown = "".join(traceback.format_exception(caught.value))
    assert KEY[:40] not in shown


def test_a_key_file_has_to_be_private(tmp_path: Path) -> None:
    path = private(tmp_path / "key", f"0x{KEY}\n")
    assert load_key_file(path).address == ADDRESS
    for mode in (0o640, 0o604, 0o700):
        path.chmod(mode)
        with pytest.raises(ConfigError) as caught:
            load_key_file(path)
        assert caught.value.code == "KEY_FILE_OPEN"
        assert f"{mode:04o}" in str(caught.value)


def test_a_missing_key_file_says_which(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere") as caught:
        load_key_file(tmp_path / "nowhere")
    assert caught.value.code == "KEY_FILE_MISSING"


def test_the_environment_serves_only_where_it_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError) as caught:
        load_environment_key("KEEPER_TEST_KEY", allowed=False)
    assert caught.value.code == "KEY_ENVIRONMENT_REFUSED"
    with pytest.raises(ConfigError) as caught:
        load_environment_key("KEEPER_TEST_KEY", allowed=True)
    assert caught.value.code == "KEY_ENVIRONMENT_MISSING"
    monkeypatch.setenv("KEEPER_TEST_KEY", KEY)
    assert load_environment_key("KEEPER_TEST_KEY", allowed=True).address == ADDRESS


async def test_a_keystore_opens_with_its_password_only(tmp_path: Path) -> None:
    keystore = orjson.dumps(create_keyfile_json(bytes.fromhex(KEY), b"correct horse", iterations=2))
    path = private(tmp_path / "keystore.json", keystore)
    password = private(tmp_path / "password", "correct horse\n")
    assert (await load_keystore(path, password)).address == ADDRESS
    with pytest.raises(ConfigError) as caught:
        await load_keystore(path, private(tmp_path / "wrong", "battery staple"))
    assert caught.value.code == "KEY_PASSWORD_WRONG"
    password.chmod(0o644)
    with pytest.raises(ConfigError) as caught:
        await load_keystore(path, password)
    assert caught.value.code == "KEY_FILE_OPEN"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 3}', '{"version": 3, "crypto": {"kdf": "x"}}', '{"version": 9}']
)
async def test_what_is_no_keystore_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        await load_keystore(private(tmp_path / "keystore", text), private(tmp_path / "password", "x"))
    assert caught.value.code == "KEY_UNREADABLE"


async def test_the_hash_is_keccak_of_the_raw_transaction() -> None:
    signed = await LocalSigner(bytes.fromhex(KEY)).sign_transaction(fields(0))
    assert Web3.keccak(signed.raw).hex() == signed.hash
