"""A background coroutine that lives exactly as long as a ``with`` block, and task groups' errors unwrapped."""

import asyncio
from collections.abc import Coroutine, Iterator
from types import TracebackType
from typing import Any, Self


def sole_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one exception in a group, however deeply wrapped or often repeated; the group itself if it holds several."""
    leaves = {id(leaf): leaf for leaf in _leaves(group)}
    return next(iter(leaves.values())) if len(leaves) == 1 else group


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


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
        try:
            if isinstance(error, asyncio.CancelledError):
                await self._group.__aexit__(kind, error, trace)
            else:
                await self._group.__aexit__(None, None, None)
        except BaseExceptionGroup as group:
            raise sole_error(group) from None
