"""The command line as somebody types it: a process of its own, its exit code and what it said."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """All of standard output, which has to be nothing but JSON."""
        return orjson.loads(self.out)


def environment(**further: str) -> dict[str, str]:
    """That of the tests, without what would change the configuration."""
    return {name: value for name, value in os.environ.items() if not name.startswith("KEEPER_")} | further


async def keeper(*arguments: object, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Ran:
    """``keeper`` with these arguments, run to its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "keeper", *map(str, arguments)),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        cwd=cwd,
        env=environment(**(env or {})),
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), _PATIENCE_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Ran(process.returncode, out.decode(), err.decode())
