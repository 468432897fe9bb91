"""What views answered, where no answer is an answer too."""

from collections.abc import Sequence
from typing import Any

from keeper.chain.codec import CustomError, Function, revert_reason
from keeper.domain.calls import Answer, ViewFailed
from keeper.domain.errors import SkipItem


def decoded(function: Function, answer: Answer) -> Any:  # noqa: ANN401 - a value of any ABI type
    """What a view answered; ``None`` where it reverted or answered with something else, as foreign contracts may."""
    if isinstance(answer, ViewFailed):
        return None
    try:
        return function.decode(answer)
    except SkipItem:
        return None


def explained(revert: bytes, errors: Sequence[CustomError]) -> str:
    """What revert data means, one of ``errors`` or Solidity's own; empty where it is neither, for others to explain."""
    reason = revert_reason(revert, errors)
    return "" if not revert or reason.startswith("unknown error") else reason
