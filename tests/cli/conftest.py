"""A local world after the demo's story: loans in all states, pools, offers, and a ledger full of decisions."""

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from keeper.devnet.relay import BuiltBlock
from keeper.devnet.running import Running, running
from keeper.devnet.stage import Stage


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async def tell(_title: str, _sentence: str) -> None: ...

    async def watch(_block: BuiltBlock, _what: str) -> None: ...

    async with running(tmp_path_factory.mktemp("town")) as run:
        async with run.daemon:
            await run.daemon.evaluated((await run.relay.build_block()).header.number)
            await Stage(run.world, run.relay, run.daemon, run.cast, tell, watch).play()
        yield run


@pytest.fixture
def spoilt(town: Running, tmp_path: Path) -> Callable[..., Path]:
    """A copy of the town's configuration with one text of one file replaced."""

    def spoil(file: str, old: str, new: str) -> Path:
        config = tmp_path / "config"
        if not config.exists():
            shutil.copytree(town.files.config, config)
        path = config / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        return config

    return spoil
