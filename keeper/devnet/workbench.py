"""Builds on the local chain: deploys artifacts and calls what was deployed, by the names of their ABIs."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak

from keeper.devnet.artifacts import Artifact, abi_type
from keeper.devnet.node import Json, NodeRefused, NodeRpc
from keeper.domain.errors import StopProcess
from keeper.domain.units import GWEI, Address, Hash32, to_address, to_hash

_GAS = 12_000_000
_MOST_PER_GAS = 1_000 * GWEI
_PATIENCE_SECONDS = 20.0


class WorldError(StopProcess):
    """The local world is not as it should be: ``DEVNET_WORLD``."""

    def __init__(self, message: str) -> None:
        super().__init__("DEVNET_WORLD", message, "this is a fault of the local chain's set-up, not of the keeper")


@dataclass(frozen=True, slots=True)
class Workbench:
    """Transactions come from the node's own accounts, which the node signs, so that they look like anybody's."""

    node: NodeRpc
    accounts: tuple[Address, ...]

    @classmethod
    async def at(cls, node: NodeRpc) -> "Workbench":
        return cls(node, tuple(to_address(account) for account in await node.call("eth_accounts")))

    async def post(
        self, sender: Address, to: Address | None, data: bytes, *, value: int = 0, gas: int = _GAS, tip: int = GWEI
    ) -> Hash32:
        """Puts a transaction into the public pool."""
        transaction = {
            "from": sender,
            "data": "0x" + data.hex(),
            "value": hex(value),
            "gas": hex(gas),
            "maxFeePerGas": hex(_MOST_PER_GAS),
            "maxPriorityFeePerGas": hex(tip),
        }
        sent = await self.node.call("eth_sendTransaction", transaction if to is None else transaction | {"to": to})
        return to_hash(sent)

    async def receipt(self, transaction: Hash32) -> dict[str, Json]:
        """Waits for a transaction to be mined; raises ``WorldError`` where it failed or never was."""
        for pause in _pauses(_PATIENCE_SECONDS):
            receipt: dict[str, Json] | None = await self.node.call("eth_getTransactionReceipt", transaction)
            if receipt is not None:
                if receipt["status"] != "0x1":
                    raise WorldError(f"{transaction} failed: {await self._why(transaction)}")
                return receipt
            await asyncio.sleep(pause)
        raise WorldError(f"{transaction} was not mined")

    async def deploy(self, artifact: Artifact, *arguments: object, sender: Address | None = None) -> "Contract":
        """Deploys on a chain that mines at once."""
        code = artifact.creation_code(*arguments)
        return Contract(self, artifact, await self.deploy_code(code, sender=sender))

    async def deploy_code(self, code: bytes, *, sender: Address | None = None) -> Address:
        receipt = await self.receipt(await self.post(sender or self.accounts[0], None, code))
        return to_address(receipt["contractAddress"])

    async def time(self) -> int:
        """The head's timestamp, in seconds."""
        return int((await self.node.call("eth_getBlockByNumber", "latest", False))["timestamp"], 16)

    async def _why(self, transaction: Hash32) -> str:
        """What the same call says on the state before, as far as that tells."""
        sent = await self.node.call("eth_getTransactionByHash", transaction)
        call = {name: sent[name] for name in ("from", "to", "value", "input") if sent.get(name) is not None}
        try:
            await self.node.call("eth_call", call | {"gas": sent["gas"]}, hex(int(sent["blockNumber"], 16) - 1))
        except NodeRefused as refused:
            return str(refused)
        return "but not on the state before its block"


@dataclass(frozen=True, slots=True)
class Contract:
    """A deployed contract by the names in its ABI."""

    bench: Workbench
    artifact: Artifact
    address: Address

    async def send(self, sender: Address, name: str, *arguments: object, value: int = 0) -> dict[str, Json]:
        """Carries a call out and waits until it is mined; raises ``WorldError`` where it fails."""
        return await self.bench.receipt(await self.post(sender, name, *arguments, value=value))

    async def post(self, sender: Address, name: str, *arguments: object, value: int = 0, gas: int = _GAS) -> Hash32:
        """Puts a call into the public pool and goes on."""
        return await self.bench.post(sender, self.address, self.data(name, *arguments), value=value, gas=gas)

    async def view(self, name: str, *arguments: object) -> Any:  # noqa: ANN401 - as the ABI says
        """What a view returns: one value by itself, several as a tuple."""
        entry = self._function(name, len(arguments))
        call = {"to": self.address, "data": "0x" + self.data(name, *arguments).hex()}
        said = bytes.fromhex((await self.bench.node.call("eth_call", call, "latest"))[2:])
        values = decode([abi_type(output) for output in entry["outputs"]], said)
        return values[0] if len(values) == 1 else values

    def data(self, name: str, *arguments: object) -> bytes:
        """The calldata of a function."""
        entry = self._function(name, len(arguments))
        types = [abi_type(part) for part in entry["inputs"]]
        return keccak(text=f"{name}({','.join(types)})")[:4] + encode(types, arguments)

    def _function(self, name: str, count: int) -> Mapping[str, Any]:
        for entry in self.artifact.abi:
            if entry["type"] == "function" and entry["name"] == name and len(entry["inputs"]) == count:
                return entry
        raise WorldError(f"{self.artifact.name} has no function {name} of {count} arguments")


def _pauses(seconds: float) -> list[float]:
    """Short waits first, up to ``seconds`` together."""
    short = [0.0005] * 200
    return short + [0.05] * round((seconds - sum(short)) / 0.05)
