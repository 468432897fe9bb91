"""The keeper as a process of its own: started as on a server, asked through its port, ended with whoever started it."""

import asyncio
import ctypes
import os
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from keeper.domain.errors import StopProcess

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
_POLL_SECONDS = 0.01
_STOP_SECONDS = 10.0
_SAID_BYTES = 2_000


class Daemon:
    """``keeper run`` on a configuration directory; use as an async context manager. What it says goes to ``log``."""

    def __init__(self, config: Path, log: Path, http_port: int) -> None:
        self.config = config
        self.log = log
        self.http_port = http_port
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def exit_code(self) -> int | None:
        """``None`` while it runs."""
        return self._process.returncode if self._process else None

    async def __aenter__(self) -> Self:
        parent = os.getpid()

        def die_with_parent() -> None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

        environment = {name: value for name, value in os.environ.items() if not name.startswith("KEEPER_")}
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "keeper", "run", "--config", str(self.config)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                env=environment,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
        await self.stop()

    async def stop(self) -> int:
        """As an operator would, by SIGTERM; returns the exit code."""
        process = self._running()
        if process.returncode is None:
            process.terminate()
        try:
            return await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            process.kill()
            return await process.wait()

    async def kill(self) -> None:
        """As a crash would."""
        process = self._running()
        process.kill()
        await process.wait()

    async def wait(self) -> int:
        """Until it ends by itself; returns the exit code."""
        return await self._running().wait()

    async def evaluated(self, block: int, patience_seconds: float = 30.0) -> None:
        """Until it has decided about a block. ``StopProcess`` where it ended or did not get there in time."""
        try:
            async with asyncio.timeout(patience_seconds):
                while (await self._block() or 0) < block:  # noqa: ASYNC110 - another process has no event to wait for
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise self._failed(f"it has not evaluated block {block} in {patience_seconds:g} s") from None

    async def _block(self) -> int | None:
        """The last block that it has evaluated."""
        if self.exit_code is not None:
            raise self._failed(f"it ended with exit code {self.exit_code}")
        if self._session is None:
            return None
        try:
            async with self._session.get(f"http://127.0.0.1:{self.http_port}/livez") as answer:
                block: int | None = (await answer.json())["block"]
                return block
        except aiohttp.ClientError:
            return None

    def said(self) -> str:
        """The end of what it has said."""
        return self.log.read_bytes()[-_SAID_BYTES:].decode(errors="replace")

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise self._failed("it was not started")
        return self._process

    def _failed(self, why: str) -> StopProcess:
        said = f"; the end of what it said:\n{self.said()}" if self.log.exists() else ""
        return StopProcess("DEVNET_KEEPER_FAILED", f"the keeper: {why}{said}", f"read {self.log}")
