"""The kill switch: while its file exists, nothing is sent. Any doubt about the file counts as on."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Any

from keeper.domain.errors import ConfigError

HALT_SIGNAL = signal.SIGUSR1


class TradingState(StrEnum):
    ACTIVE = "active"
    HALTED = "halted"


class KillSwitch:
    """On by file (``touch``), by command (``keeper halt`` calls ``halt``) and by signal (SIGUSR1). It is off again when the
    file is gone and, where the file could not be written, the process was started anew.

    Asking costs one ``stat``: it is asked before every single send."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._latched = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                "KILL_SWITCH_PATH", f"{path} cannot be made: {error.strerror}", "choose another place"
            ) from error

    @property
    def path(self) -> Path:
        return self._path

    @property
    def halted(self) -> bool:
        if self._latched:
            return True
        try:
            os.lstat(self._path)
        except FileNotFoundError:
            # Without its folder nobody could switch it on by file: that is doubt too.
            return not self._path.parent.is_dir()
        except OSError:
            return True
        return True

    @property
    def state(self) -> TradingState:
        return TradingState.HALTED if self.halted else TradingState.ACTIVE

    def halt(self, reason: str) -> None:
        """Switch on, at once in this process and, through the file, in every other and after a restart. ``OSError`` if the
        file cannot be written; this process is halted even then."""
        self._latched = True
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{stamp} {reason}\n")
            file.flush()
            os.fsync(file.fileno())
        self._latched = False

    def resume(self) -> None:
        """Switch off. Only a person should."""
        self._path.unlink(missing_ok=True)
        self._latched = False

    def reason(self) -> str:
        """The last line of the file: when and why."""
        with suppress(OSError, UnicodeDecodeError):
            lines = self._path.read_text(encoding="utf-8").split("\n")
            return next((line for line in reversed(lines) if line), "the file exists")
        return "the file cannot be read" if self.halted else ""

    def on_signal(self, tell: Callable[[], None] = lambda: None) -> Any:  # noqa: ANN401 - what signal.signal returns
        """Halt on SIGUSR1; from the main thread. It works between any two bytecodes, so even while the loop is stuck.

        ``tell`` is called after: by the loop where one runs now, since whatever logs must not run inside a handler that may
        have interrupted a log's own writing. Returns the handler that was there."""
        loop, context = _running_loop(), copy_context()

        def handle(_number: int, _frame: FrameType | None) -> None:
            self._latched = True
            with suppress(OSError):
                self.halt("signal")
            if loop is None:
                tell()
            elif not loop.is_closed():
                loop.call_soon_threadsafe(tell, context=context)

        return signal.signal(HALT_SIGNAL, handle)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
