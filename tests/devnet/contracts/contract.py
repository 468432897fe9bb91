"""A deployed contract by the names of its ABI: views, transactions, refusals and events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak

from keeper.devnet.artifacts import Artifact, abi_type
from keeper.domain.units import Address
from tests.execution.contracts.chain import LocalChain, Receipt, Reverted


@dataclass(frozen=True)
class Contract:
    """``address`` speaks the ABI of ``artifact``."""

    chain: LocalChain
    artifact: Artifact
    address: Address

    def view(self, name: str, *arguments: Any) -> Any:
        """What a view returns: one value by itself, several as a tuple."""
        entry = self._function(name, arguments)
        said = self.chain.call(self.chain.accounts[0], self.address, _data(entry, arguments))
        values = decode([abi_type(output) for output in entry["outputs"]], said)
        return values[0] if len(values) == 1 else values

    def send(self, sender: Address, name: str, *arguments: Any, value: int = 0) -> Receipt:
        """Carries a transaction out; raises ``Reverted``."""
        return self.chain.send(sender, self.address, _data(self._function(name, arguments), arguments), value)

    def refuses(self, sender: Address, name: str, *arguments: Any, value: int = 0) -> str:
        """Why a transaction would revert: the text, or the name of the custom error."""
        data = _data(self._function(name, arguments), arguments)
        try:
            self.chain.call(sender, self.address, data, value)
        except Reverted as refusal:
            revert = refusal.revert
        else:
            raise AssertionError(f"{name}{arguments} is not refused")
        if revert.name == "Error":
            return str(revert.args[0])
        return next(
            (
                entry["name"]
                for entry in self.artifact.abi
                if entry["type"] == "error" and "0x" + keccak(text=_signature(entry))[:4].hex() == revert.name
            ),
            revert.name,
        )

    def events(self, receipt: Receipt) -> list[tuple[str, dict[str, Any]]]:
        """What this contract itself emitted, in order, by names."""
        known = {
            "0x" + keccak(text=_signature(entry)).hex(): entry
            for entry in self.artifact.abi
            if entry["type"] == "event"
        }
        return [
            (known[log.topics[0]]["name"], _values(known[log.topics[0]], log.topics, log.data))
            for log in receipt.logs
            if log.address == self.address
        ]

    def event(self, receipt: Receipt, name: str) -> dict[str, Any]:
        """The one event of a name."""
        (values,) = [values for found, values in self.events(receipt) if found == name]
        return values

    def _function(self, name: str, arguments: tuple[Any, ...]) -> Mapping[str, Any]:
        (entry,) = [
            entry
            for entry in self.artifact.abi
            if entry["type"] == "function" and entry["name"] == name and len(entry["inputs"]) == len(arguments)
        ]
        return entry


def topics(artifact: Artifact) -> dict[str, str]:
    """First topic of every event of a contract, by its signature."""
    signatures = [_signature(entry) for entry in artifact.abi if entry["type"] == "event"]
    return {signature: "0x" + keccak(text=signature).hex() for signature in signatures}


def _signature(entry: Mapping[str, Any]) -> str:
    return f"{entry['name']}({','.join(abi_type(part) for part in entry['inputs'])})"


def _data(entry: Mapping[str, Any], arguments: tuple[Any, ...]) -> bytes:
    return keccak(text=_signature(entry))[:4] + encode([abi_type(part) for part in entry["inputs"]], arguments)


def _values(entry: Mapping[str, Any], words: tuple[str, ...], data: bytes) -> dict[str, Any]:
    indexed = [part for part in entry["inputs"] if part["indexed"]]
    others = [part for part in entry["inputs"] if not part["indexed"]]
    values = {
        part["name"]: decode([abi_type(part)], bytes.fromhex(word[2:]))[0]
        for part, word in zip(indexed, words[1:], strict=True)
    }
    told = decode([abi_type(part) for part in others], data)
    return values | {part["name"]: value for part, value in zip(others, told, strict=True)}
