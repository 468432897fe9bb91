"""The file of orders as its writers treat it: growing, cut short, replaced, broken in the middle."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from keeper.domain.errors import SkipItem
from keeper.venues.feed import FeedOrder, follow, read


class Reader:
    """Collects what the feed says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.orders: list[FeedOrder] = []
        self.broken: list[SkipItem] = []

    async def run(self) -> None:
        async for order in follow(self.path, self.broken.append, poll_seconds=0.005):
            self.orders.append(order)

    async def until(self, count: int) -> list[int]:
        """The numbers in the documents, once ``count`` lines in all were read or refused."""
        async with asyncio.timeout(10):
            while len(self.orders) + len(self.broken) < count:  # noqa: ASYNC110 - a file has no event to wait for
                await asyncio.sleep(0.002)
        return [order.document["n"] for order in self.orders]


@asynccontextmanager
async def reading(path: Path) -> AsyncIterator[Reader]:
    reader = Reader(path)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(reader.run())
        yield reader
        task.cancel()


def line(number: int) -> str:
    return json.dumps({"n": number}) + "\n"


async def test_the_file_is_waited_for_read_from_its_start_and_followed(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    async with reading(path) as reader:
        await asyncio.sleep(0.02)
        path.write_text(line(1) + line(2))
        assert await reader.until(2) == [1, 2]
        with path.open("a") as file:
            file.write("\n" + line(3))
        assert await reader.until(3) == [1, 2, 3]
        assert reader.orders[-1].where == f"{path}:4"


async def test_a_line_counts_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    text = line(12345)
    path.write_text(line(1) + text[:7])
    async with reading(path) as reader:
        assert await reader.until(1) == [1]
        await asyncio.sleep(0.05)
        assert not reader.broken
        with path.open("a") as file:
            file.write(text[7:])
        assert await reader.until(2) == [1, 12345]


async def test_broken_lines_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    bad = ['{"n": 1', "[1, 2]", "nonsense", "\x00", '"' + "x" * (1 << 20) + '"', "[" * 100_000]
    path.write_text(line(1) + "".join(f"{text}\n" for text in bad) + line(2))
    with path.open("ab") as file:
        file.write(b"\xff\xfe\n" + line(3).encode())
    async with reading(path) as reader:
        assert await reader.until(10) == [1, 2, 3]
    assert {error.code for error in reader.broken} == {"ORDER_LINE"}
    places = [error.message.split(": ")[0] for error in reader.broken]
    assert places == [f"{path}:{number}" for number in (2, 3, 4, 5, 6, 7, 9)]
    assert "a list where an object belongs" in reader.broken[1].message


async def test_a_file_that_was_cut_short_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    path.write_text(line(1) + line(2) + line(3))
    async with reading(path) as reader:
        await reader.until(3)
        path.write_text(line(4))
        assert await reader.until(4) == [1, 2, 3, 4]
        assert reader.orders[-1].where == f"{path}:1"


async def test_a_replaced_file_is_read_after_the_last_line_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    path.write_text(line(1))
    async with reading(path) as reader:
        await reader.until(1)
        with path.open("a") as file:
            file.write(line(2))
        os.rename(path, tmp_path / "orders.1")  # noqa: PTH104 - as a rotating writer does
        await reader.until(2)
        path.write_text(line(3) + line(4))
        assert await reader.until(4) == [1, 2, 3, 4]


async def test_thousands_of_lines_come_in_order(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    path.write_text("".join(line(number) + " " * 999 + "\n" for number in range(6_000)))
    async with reading(path) as reader:
        assert await reader.until(6_000) == list(range(6_000))
        assert reader.orders[-1].where == f"{path}:11999"


def test_read_at_once_it_gives_the_same_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    broken: list[SkipItem] = []
    assert list(read(path, broken.append)) == []
    path.write_bytes(b'{"n": 1}\nnonsense\n\n{"n": 2}\n{"n": 3')
    assert [(order.document["n"], order.where) for order in read(path, broken.append)] == [
        (1, f"{path}:1"),
        (2, f"{path}:4"),
    ]
    assert [error.code for error in broken] == ["ORDER_LINE"]
