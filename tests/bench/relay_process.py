"""The devnet's relay as a process of its own, so that what it computes is not on the keeper's clock.

``python -m tests.bench.relay_process NODE_URL`` writes its URL and runs until its standard input ends.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from keeper.devnet.relay import Relay
from keeper.devnet.world import COINBASE


@contextmanager
def relay_process(node_url: str) -> Iterator[str]:
    """The URL of a relay in front of a node; the process ends with the context, and with this process."""
    command = [sys.executable, "-m", "tests.bench.relay_process", node_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


async def _serve(node_url: str) -> None:
    async with Relay(node_url, coinbase=COINBASE) as relay:
        sys.stdout.write(relay.url + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
