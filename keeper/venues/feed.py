"""Follows a file of orders, one JSON document a line, as it grows, is cut short or replaced."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from keeper.domain.errors import SkipItem

_CHUNK_BYTES = 4 << 20
_LONGEST_LINE_BYTES = 1 << 20
_MOST_BRACKETS = 1_000
"""An order has some ten; a parser that recurses must not be led as deep as a line is long."""


@dataclass(frozen=True, slots=True)
class FeedOrder:
    """A document of the file, and where it stands: ``file:line``."""

    where: str
    document: Mapping[str, Any]


async def follow(
    path: Path, on_broken: Callable[[SkipItem], None], *, poll_seconds: float = 0.25
) -> AsyncIterator[FeedOrder]:
    """Every document of the file, from its start, then as lines are added; never ends. A file that is not there is
    waited for.

    A line that is no JSON object goes to ``on_broken`` as ``SkipItem`` (``ORDER_LINE``) naming file, line and reason.
    The last line counts once its newline is there. A file that got shorter, or another one under the same name, is read
    from its start.
    """
    tail = _Tail(path)
    try:
        while True:
            lines = await asyncio.to_thread(tail.read)
            for order in _documents(path, lines, on_broken):
                yield order
            if not lines:
                await asyncio.sleep(poll_seconds)
    finally:
        tail.close()


def read(path: Path, on_broken: Callable[[SkipItem], None]) -> Iterator[FeedOrder]:
    """Every document that the file holds by now, as ``follow`` would give them; none where there is no file."""
    tail = _Tail(path)
    try:
        while lines := tail.read():
            yield from _documents(path, lines, on_broken)
    finally:
        tail.close()


def _documents(
    path: Path, lines: Iterable[tuple[int, bytes]], on_broken: Callable[[SkipItem], None]
) -> Iterator[FeedOrder]:
    for number, line in lines:
        where = f"{path}:{number}"
        try:
            document = _parse(line, where)
        except SkipItem as broken:
            on_broken(broken)
        else:
            if document is not None:
                yield FeedOrder(where, document)


class _Tail:
    """Where reading stands; used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._number = 0
        self._partial = b""

    def read(self) -> list[tuple[int, bytes]]:
        """The whole lines that are new, with their numbers; empty when there are none now."""
        if self._file is None and not self._open():
            return []
        lines = self._read_on()
        if not lines and self._was_replaced():
            self.close()
            return self._read_on() if self._open() else []
        return lines

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> bool:
        try:
            self._file = self._path.open("rb")
        except FileNotFoundError:
            return False
        self._number, self._partial = 0, b""
        return True

    def _read_on(self) -> list[tuple[int, bytes]]:
        lines: list[tuple[int, bytes]] = []
        while self._file is not None and not lines and (chunk := self._file.read(_CHUNK_BYTES)):
            *whole, self._partial = (self._partial + chunk).split(b"\n")
            lines = list(enumerate(whole, self._number + 1))
            self._number += len(whole)
        return lines

    def _was_replaced(self) -> bool:
        assert self._file is not None  # noqa: S101 - asked only of an open file
        ours = os.fstat(self._file.fileno())
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino) or there.st_size < self._file.tell()


def _parse(line: bytes, where: str) -> Mapping[str, Any] | None:
    """The line's document; ``None`` for a blank one."""
    if not line.strip():
        return None
    if len(line) > _LONGEST_LINE_BYTES:
        raise _broken(where, f"{len(line)} bytes long")
    if line.count(b"[") + line.count(b"{") > _MOST_BRACKETS:
        raise _broken(where, "more brackets than any order has")
    try:
        document = json.loads(line)
    except ValueError as error:
        raise _broken(where, str(error)) from error
    if not isinstance(document, dict):
        raise _broken(where, f"a {type(document).__name__} where an object belongs")
    return document


def _broken(where: str, why: str) -> SkipItem:
    return SkipItem("ORDER_LINE", f"{where}: {why}", "one order a line, as a JSON object")
