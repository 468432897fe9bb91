"""Killed at any point, the ledger has all that it said it had, and nothing by half."""

import asyncio
import os
import random
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from keeper.ledger import Ledger, Listing

ROUNDS = 8
ROOT = Path(__file__).parents[2]


async def killed_writer(url: str, name: str, seconds: float) -> list[list[str]]:
    """What a writer told before it was killed, so many seconds after its first word."""
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.ledger_writer", url, name, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert writer.stdout is not None
    try:
        first = await writer.stdout.readline()
        await asyncio.sleep(seconds)
    finally:
        writer.kill()
        rest, _ = await writer.communicate()
    lines = (first + rest).decode().split("\n")
    return [line.split() for line in lines[:-1]]  # the last may be cut short


@pytest.mark.slow
async def test_a_killed_writer_leaves_a_sound_ledger_with_everything_it_had_told(url: str) -> None:
    chance = random.Random(os.getpid())
    told: dict[str, set[str]] = defaultdict(set)
    for number in range(ROUNDS):
        for what, which in await killed_writer(url, f"run{number}", chance.uniform(0, 0.25)):
            told[what].add(which)
        async with Ledger.open(url) as ledger:
            assert await ledger.verify() == []
            unresolved = {each.plan_id for each in await ledger.unresolved()}
            assert len(unresolved) <= number + 1, "only the plan at which a writer was killed can be open"
            assert not unresolved & told["landed"]
            intents = {row["plan_id"] for row in await ledger.listing(Listing.INTENTS, 10**6)}
            assert intents >= told["intent"] | told["landed"]
            sent = {row["plan_id"] for row in await ledger.listing(Listing.SUBMISSIONS, 10**6)}
            assert sent >= told["submission"]
            exposures = {str(row["id"]): row["state"] for row in await ledger.listing(Listing.EXPOSURES, 10**6)}
            assert {exposures[which] for which in told["redeemed"]} <= {"redeemed"}
    assert len(told["landed"]) > ROUNDS, "the writers were killed too early to show anything"
