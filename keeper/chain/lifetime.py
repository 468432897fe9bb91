"""A background coroutine that lives exactly as long as a ``with`` block."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self


class Background:
    """Runs a coroutine while the body runs and cancels it at the end.

    The body's own exception passes through unwrapped. If the coroutine fails, the body is cancelled and the
    coroutine's exception is raised, unwrapped too.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._coroutine = coroutine
        self._group = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        self._task = self._group.create_task(self._coroutine)
        return self

    async def finished(self) -> None:
        """Wait until the coroutine has ended by itself."""
        await asyncio.wait([self._task])

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        cancelled = kind is not None and issubclass(kind, asyncio.CancelledError)
        try:
            if cancelled:
                await self._group.__aexit__(kind, error, trace)
            else:
                await self._group.__aexit__(None, None, None)
        except BaseExceptionGroup as group:
            if len(group.exceptions) == 1:
                raise group.exceptions[0] from None
            raise
