"""The local chain's process: an anvil on a port that the kernel chose, gone when its parent is gone.

The binary is the native one of the npm package, not the shim in ``node_modules/.bin``, which would put a
second process between the signals and the chain.
"""

import asyncio
import ctypes
import os
import platform
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from keeper.devnet.node import Json, NodeRpc
from keeper.domain.errors import StopProcess
from keeper.domain.units import Address, Hash32, Wei

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
_LISTENING = re.compile(rb"Listening on [0-9.]+:(\d+)")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_START_SECONDS = 10.0
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class AnvilOptions:
    """How to start the chain. ``None`` leaves anvil's own default."""

    chain_id: int = 31337
    port: int = 0
    """0 lets the kernel choose one that is free; another one has to be free."""
    mining: bool = True
    """Whether every transaction gets a block at once; without it blocks come only on demand."""
    order: str = "fifo"
    """``fifo`` is the order of arrival; ``fees`` sorts by fee *cap*, not by what is paid."""
    timestamp: int | None = None
    """Of the genesis block, in seconds."""
    accounts: int = 10
    """How many of the well-known test accounts are funded."""
    balance_ether: int = 10_000
    gas_limit: int | None = None
    base_fee: Wei | None = None
    """Of the genesis block."""
    hardfork: str | None = None
    load_state: Path | None = None
    dump_state: Path | None = None
    """Written when the process is stopped."""
    log: Path | None = None
    """Where the process's output goes, calls included; without it calls are not logged."""


class AnvilProcess:
    """The process alone, for those without an event loop; use as a context manager.

    It is tied by ``PR_SET_PDEATHSIG`` to the *thread* that starts it: a thread that ends takes it along.
    """

    def __init__(self, options: AnvilOptions | None = None) -> None:
        self.options = options or AnvilOptions()
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        self._cache: tempfile.TemporaryDirectory[str] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Where it answers JSON-RPC over HTTP."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        """Where it answers JSON-RPC and subscriptions over a websocket; the same port."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process's id; 0 while there is none."""
        return self._process.pid if self._process else 0

    def __enter__(self) -> Self:
        try:
            self._spawn()
            deadline = time.monotonic() + _START_SECONDS
            while not self._is_listening(deadline):
                time.sleep(0.001)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def start(self) -> None:
        """As on entering the context, without holding up the event loop; ``stop`` ends it."""
        try:
            self._spawn()
            deadline = time.monotonic() + _START_SECONDS
            while not self._is_listening(deadline):  # noqa: ASYNC110 - a file has no event to wait for
                await asyncio.sleep(0.001)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the process, writing the state if asked for; does nothing where there is none."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._output:
            self._output.close()
            self._output = None
        if self._cache:
            self._cache.cleanup()
            self._cache = None

    def _spawn(self) -> None:
        log = self.options.log
        self._output = log.open("w+b") if log else tempfile.TemporaryFile()  # noqa: SIM115 - `stop` closes it
        self._cache = tempfile.TemporaryDirectory(prefix="anvil-")
        parent = os.getpid()

        def die_with_parent() -> None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

        self._process = subprocess.Popen(  # noqa: S603 - our own binary and typed options
            [str(anvil_binary()), *_arguments(self.options), "--cache-path", self._cache.name],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # the terminal's Ctrl-C is for the parent, which stops this one in order
            preexec_fn=die_with_parent,  # noqa: PLW1509 - two system calls on a library that is loaded already
        )

    def _is_listening(self, deadline: float) -> bool:
        """Whether it says so itself: an answer on the port could come from somebody else's leftover."""
        assert self._process  # noqa: S101 - asked only after the spawn
        assert self._output  # noqa: S101
        output = os.pread(self._output.fileno(), 65536, 0)
        if found := _LISTENING.search(output):
            self.port = int(found[1])
            return True
        if self._process.poll() is not None or time.monotonic() > deadline:
            said = output.decode("utf-8", "replace").strip()[-500:]
            raise StopProcess(
                "DEVNET_ANVIL_FAILED",
                f"anvil did not start: {said or 'it said nothing'}",
                f"is port {self.options.port} taken?" if self.options.port else "look at its options",
            )
        return False


class Anvil:
    """A running local chain and its JSON-RPC; use as an async context manager."""

    def __init__(self, options: AnvilOptions | None = None) -> None:
        self._process = AnvilProcess(options)
        self._node: NodeRpc | None = None

    @property
    def options(self) -> AnvilOptions:
        """What it was started with."""
        return self._process.options

    @property
    def url(self) -> str:
        """Where it answers JSON-RPC over HTTP."""
        return self._process.url

    @property
    def ws_url(self) -> str:
        """Where it answers JSON-RPC and subscriptions over a websocket."""
        return self._process.ws_url

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def node(self) -> NodeRpc:
        """The connection to it; fails outside the context."""
        if self._node is None:
            raise StopProcess("DEVNET_ANVIL_STOPPED", "the local chain is not running", "use it inside its context")
        return self._node

    async def __aenter__(self) -> Self:
        await self._process.start()
        self._node = await NodeRpc(self.url).__aenter__()
        if self.options.log is None:
            await self.rpc("anvil_setLoggingEnabled", False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._node:
                await self._node.__aexit__(kind, error, trace)
                self._node = None
        finally:
            self._process.stop()

    async def rpc(self, method: str, *params: Json) -> Json:
        """One call's result. Raises ``NodeRefused`` or ``NodeUnreachable``."""
        return await self.node.call(method, *params)

    async def batch(self, calls: Sequence[tuple[str, Sequence[Json]]]) -> list[Json]:
        """The results of several calls in one request, in their order; raises at the first that failed."""
        return await self.node.batch(calls)

    async def mine(self, blocks: int = 1, *, at: int | None = None) -> int:
        """Mines, the first block at the timestamp ``at`` if given; returns the new head's number.

        A block costs more the longer the chain is: let time pass by ``set_time``, not by many blocks.
        """
        if at is not None:
            await self.set_time(at)
        if blocks == 1:
            await self.rpc("evm_mine")
        else:
            await self.rpc("anvil_mine", hex(blocks))
        return int(await self.rpc("eth_blockNumber"), 16)

    async def set_time(self, timestamp: int) -> None:
        """The next block's timestamp, in seconds; it has to be later than the head's."""
        await self.rpc("evm_setNextBlockTimestamp", hex(timestamp))

    async def snapshot(self) -> str:
        """Remembers the chain as it is; ``revert`` takes the id, once."""
        return str(await self.rpc("evm_snapshot"))

    async def revert(self, snapshot: str) -> None:
        """Back to a snapshot, which is used up by it. Subscribers are not told."""
        if not await self.rpc("evm_revert", snapshot):
            raise StopProcess("DEVNET_SNAPSHOT_UNKNOWN", f"no snapshot {snapshot}", "a snapshot can be used once")

    async def set_balance(self, account: Address, amount: Wei) -> None:
        """Sets an account's balance of ETH."""
        await self.rpc("anvil_setBalance", account, hex(amount))

    async def transact(self, raw: bytes) -> dict[str, Json]:
        """Sends a signed transaction to a chain that mines at once, and waits for its receipt."""
        receipt: dict[str, Json] = await self.rpc("eth_sendRawTransactionSync", "0x" + raw.hex())
        return receipt

    async def block_hash(self, number: int) -> Hash32:
        """The hash of the canonical block with that number."""
        return Hash32((await self.rpc("eth_getBlockByNumber", hex(number), False))["hash"])


def node_modules() -> Path:
    """The folder of the npm packages: the checkout's, or the working directory's if keeper is installed."""
    beside = (Path(__file__).parents[2], Path.cwd())
    for folder in beside:
        if (folder / "node_modules").is_dir():
            return folder / "node_modules"
    raise StopProcess(
        "DEVNET_NO_NODE_MODULES",
        "no node_modules in " + " or ".join(str(folder) for folder in beside),
        "npm ci --ignore-scripts, or any make target, installs them",
    )


def anvil_binary() -> Path:
    """The native binary for this machine, from the npm packages."""
    machine = platform.machine()
    package = f"anvil-{platform.system().lower()}-{_ARCHITECTURES.get(machine, machine)}"
    binary = node_modules() / "@foundry-rs" / package / "bin" / "anvil"
    if not binary.is_file():
        raise StopProcess(
            "DEVNET_ANVIL_MISSING", f"{binary} is not there", "npm ci --ignore-scripts installs it, for Linux"
        )
    return binary


def _arguments(options: AnvilOptions) -> list[str]:
    chosen: dict[str, object | None] = {
        "--port": options.port,
        "--chain-id": options.chain_id,
        "--order": options.order,
        "--accounts": options.accounts,
        "--balance": options.balance_ether,
        "--timestamp": options.timestamp,
        "--gas-limit": options.gas_limit,
        "--block-base-fee-per-gas": options.base_fee,
        "--hardfork": options.hardfork,
        "--load-state": options.load_state,
        "--dump-state": options.dump_state,
    }
    flags = [] if options.mining else ["--no-mining"]
    return [word for name, value in chosen.items() if value is not None for word in (name, str(value))] + flags
