"""What ``keeper check`` finds."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from keeper.domain.errors import KeeperError


class Verdict(StrEnum):
    """A warning does not keep the keeper from working; what is wrong does."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    subject: str
    verdict: Verdict
    found: str


class Wrong(Exception):
    """What was found is wrong; the message says what."""


async def looked_at(subject: str, look: Callable[[], Awaitable[str]]) -> Finding:
    """What ``look`` says where all is well; where it raises, what is wrong."""
    try:
        return Finding(subject, Verdict.OK, await look())
    except (Wrong, KeeperError) as error:
        return Finding(subject, Verdict.WRONG, str(error))
