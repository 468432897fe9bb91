"""Nonce lanes: an account carries one plan at a time."""

from keeper.chain.signer import LocalSigner
from keeper.execution.lanes import Lanes

SIGNERS = tuple(LocalSigner(bytes([number]) * 32) for number in (1, 2, 3))
FIRST, SECOND, THIRD = (signer.address for signer in SIGNERS)
LANES = Lanes(SIGNERS)


def free(nonces: dict[str, int], busy: tuple[str, ...] = ()) -> list[tuple[str, int]]:
    known = {signer.address: nonces[signer.address] for signer in SIGNERS if signer.address in nonces}
    taken = [signer.address for signer in SIGNERS if signer.address in busy]
    return [(lane.signer.address, lane.nonce) for lane in LANES.free(known, taken)]


def test_every_account_is_free_at_first_in_the_order_of_the_configuration() -> None:
    assert LANES.accounts == (FIRST, SECOND, THIRD)
    assert free({THIRD: 0, FIRST: 7, SECOND: 3}) == [(FIRST, 7), (SECOND, 3), (THIRD, 0)]


def test_an_account_with_a_plan_in_flight_is_left_alone() -> None:
    assert free({FIRST: 7, SECOND: 3, THIRD: 0}, (SECOND,)) == [(FIRST, 7), (THIRD, 0)]
    assert free({FIRST: 7, SECOND: 3, THIRD: 0}, (FIRST, SECOND, THIRD)) == []


def test_an_account_whose_nonce_is_not_known_sends_nothing() -> None:
    assert free({SECOND: 3}) == [(SECOND, 3)]


def test_without_keys_there_is_no_lane() -> None:
    assert Lanes(()).free({FIRST: 1}, ()) == []
