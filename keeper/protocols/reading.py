"""Answers of contracts, decoded or refused: what every protocol's reading needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from keeper.chain.codec import Function, revert_reason
from keeper.domain.calls import Answer, Reading, View, ViewFailed
from keeper.domain.errors import HaltAdapter, SkipItem
from keeper.domain.facts import Change, Facts, Price
from keeper.domain.units import Address


@dataclass(frozen=True, slots=True)
class Question:
    """One view: which function, of whom, with what."""

    function: Function
    contract: Address
    arguments: tuple[Any, ...] = ()

    def view(self) -> View:
        return self.function.view(self.contract, *self.arguments)


def ask(deployment: str, questions: Sequence[Question]) -> Reading[list[Any]]:
    """Answers to all, in their order. ``HaltAdapter`` (``PROTOCOL_READ``) where one is refused or unreadable: without
    them nothing of this deployment can be computed."""
    answers = yield [question.view() for question in questions]
    return [_required(deployment, question, answer) for question, answer in zip(questions, answers, strict=True)]


def ask_leniently(questions: Sequence[Question]) -> Reading[list[Any]]:
    """As ``ask``, with ``None`` where the contract reverts or has no such function."""
    answers = yield [question.view() for question in questions]
    return [decoded(question.function, answer) for question, answer in zip(questions, answers, strict=True)]


def decoded(function: Function, answer: Answer) -> Any:  # noqa: ANN401 - a value of any ABI type
    """The value, or ``None`` for a revert and for what is not of the function's type."""
    if isinstance(answer, ViewFailed):
        return None
    try:
        return function.decode(answer)
    except SkipItem:
        return None


def _required(deployment: str, question: Question, answer: Answer) -> Any:  # noqa: ANN401 - see decoded
    value = decoded(question.function, answer)
    if value is None:
        why = revert_reason(answer.data) if isinstance(answer, ViewFailed) else "an answer of another type"
        raise HaltAdapter(
            "PROTOCOL_READ",
            f"{deployment}: {question.contract} does not answer {question.function.signature}: {why}",
            "check the addresses and the chain in the protocol's configuration",
        )
    return value


def news(changes: Iterable[Change], facts: Facts) -> list[Change]:
    """Only what differs from what is known; a price that was read again keeps the block it came from."""
    return [change for change in changes if not _same(facts.get(change.key), change.value)]


def _same(known: object, read: object) -> bool:
    if isinstance(known, Price) and isinstance(read, Price):
        return (known.value, known.timestamp, known.expires_after_block) == (
            read.value,
            read.timestamp,
            read.expires_after_block,
        )
    return known == read
