"""Errors, as a tree by remedy: what the program does about one follows from its class alone.

KeeperError                every error of ours: a stable code, what happened, what to do
├── RetryLater             passing: try again, elsewhere or later (a time-out, a rate limit)
├── SkipItem               this position, order, pool or answer is unusable; the others go on
├── HaltAdapter            this protocol, venue or strategy cannot be trusted any more; the others go on
└── StopProcess            nothing can go on: end with ``exit_code`` (a supervisor may restart)
    └── ConfigError        what the operator wrote is wrong; restarting does not help
"""

from typing import ClassVar


class KeeperError(Exception):
    """``code`` is stable, ``CATEGORY_CONDITION``; ``remedy`` tells the operator what to do."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" + (f" ({self.remedy})" if self.remedy else "")


class RetryLater(KeeperError):
    """A passing fault. ``after_seconds`` is what the other side asked for, if it did."""

    def __init__(self, code: str, message: str, remedy: str = "", *, after_seconds: float | None = None) -> None:
        super().__init__(code, message, remedy)
        self.after_seconds = after_seconds


class SkipItem(KeeperError):
    """One item is unusable."""


class HaltAdapter(KeeperError):
    """One protocol, venue or strategy is out of step with the chain or with itself."""


class StopProcess(KeeperError):
    """The process has to end."""

    exit_code: ClassVar[int] = 10


class ConfigError(StopProcess):
    """The configuration is wrong; the message names the file and the key."""

    exit_code: ClassVar[int] = 12
