"""What goes wrong around an adapter: revert codes, wrong addresses, missing logs, misspelt settings."""

import re
from dataclasses import replace

import pytest
from eth_abi.abi import encode
from pydantic import ValidationError

from keeper.chain.codec import error
from keeper.devnet.compiler import CONTRACTS
from keeper.domain.blocks import Log
from keeper.domain.errors import HaltAdapter
from keeper.domain.units import ZERO_ADDRESS, Address, to_hash
from keeper.protocols.benddao_v1 import BendDaoV1, abi
from keeper.protocols.benddao_v1.failures import MEANINGS as BEND
from keeper.protocols.paraspace import ParaSpace
from keeper.protocols.paraspace.failures import MEANINGS as PARA
from tests.protocols.bend_world import BendWorld
from tests.protocols.para_world import ParaWorld

BEND_ADAPTER = BendDaoV1("bend", 1, BendDaoV1.Config(addresses_provider=ZERO_ADDRESS, start_block=0))
PARA_ADAPTER = ParaSpace("para", 1, ParaSpace.Config(addresses_provider=ZERO_ADDRESS, start_block=0))


def revert(reason: str) -> bytes:
    return error("Error(string)").selector + encode(["string"], [reason])


@pytest.mark.parametrize(("source", "meanings"), [("benddao/BendErrors.sol", BEND), ("paraspace/ParaErrors.sol", PARA)])
def test_every_code_that_the_contracts_raise_has_a_meaning(source: str, meanings: dict[str, str]) -> None:
    codes = re.findall(r'constant \w+ = "(\d+)"', (CONTRACTS / source).read_text())
    assert len(codes) > 30
    assert set(codes) <= set(meanings)


def test_codes_are_explained_and_other_reasons_are_told_as_they_are() -> None:
    assert BEND_ADAPTER.explain_failure(revert("489")) == "489: the auction is over"
    assert PARA_ADAPTER.explain_failure(revert("112")) == "112: no auction runs"
    assert BEND_ADAPTER.explain_failure(revert("ERC20: insufficient allowance")) == "ERC20: insufficient allowance"
    assert PARA_ADAPTER.explain_failure(b"") == "no reason given"
    assert BEND_ADAPTER.explain_failure(b"\x01\x02\x03\x04").startswith("unknown error")


def test_a_provider_that_is_none_halts_the_adapter_and_says_what_to_check(bend: BendWorld, para: ParaWorld) -> None:
    wrong = BendDaoV1("bend", 1, BendDaoV1.Config(addresses_provider=bend.weth, start_block=0))
    with pytest.raises(HaltAdapter, match=r"PROTOCOL_READ.*getLendPool.*check the addresses"):
        bend.chain.drive(wrong.bootstrap(bend.follower().book))
    empty = ParaSpace("para", 1, ParaSpace.Config(addresses_provider=Address("0x" + "12" * 20), start_block=0))
    with pytest.raises(HaltAdapter, match=r"PROTOCOL_READ.*getPool"):
        para.chain.drive(empty.bootstrap(para.follower().book))


def test_a_log_about_a_loan_that_never_was_halts_the_adapter(bend: BendWorld) -> None:
    bend.borrow(bend.borrowers[0], bend.weth, 10**18, bend.apes, 2000)
    bend.chain.do(bend.borrowers[0], bend.pool, "repay(address,uint256,uint256)", bend.apes, 2000, 10**17)
    follower = bend.follower()
    follower.bootstrap()
    head = bend.chain.header().number
    (updated,) = [log for log in bend.chain.logs(head, head) if abi.LOAN_UPDATED.matches(log)]
    unknown: Log = replace(updated, topics=(*updated.topics[:2], to_hash(updated.topics[2][:-1] + "9")))
    with pytest.raises(HaltAdapter, match=r"PROTOCOL_BOOK.*start_block"):
        follower.adapter.apply(unknown, 0, follower.book)
    elsewhere = replace(unknown, address=bend.apes)
    assert follower.adapter.apply(elsewhere, 0, follower.book).changes == ()


def test_settings_take_addresses_in_any_case_and_no_unknown_key() -> None:
    config = BendDaoV1.Config.model_validate(
        {"addresses_provider": "0x24451F47CaF13B24f4b5034e1dF6c0E401ec0e46", "start_block": 14_416_979}
    )
    assert config.addresses_provider == "0x24451f47caf13b24f4b5034e1df6c0e401ec0e46"
    for adapter in (BendDaoV1, ParaSpace):
        with pytest.raises(ValidationError, match="extra"):
            adapter.Config.model_validate({"addresses_provider": "0x" + "11" * 20, "start_block": 0, "colections": []})
        with pytest.raises(ValidationError, match="an address is expected"):
            adapter.Config.model_validate({"addresses_provider": "0x1234", "start_block": 0})
