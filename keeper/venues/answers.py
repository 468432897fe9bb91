"""What views answered, where no answer is an answer too."""

from typing import Any

from keeper.chain.codec import Function
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
