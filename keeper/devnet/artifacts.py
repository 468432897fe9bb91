"""Contracts ready to deploy: what a compiler or an npm package gives, in one shape.

Truffle writes ``bytecode`` as hex; Hardhat writes the same and says in ``linkReferences`` where addresses of
libraries have to go; solc nests it (``evm.bytecode.object``). All three are read here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
from eth_abi.abi import encode

from keeper.domain.errors import StopProcess
from keeper.domain.units import Address


class ArtifactError(StopProcess):
    """An artifact cannot be read, or cannot be deployed as it is; the message says why."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__("DEVNET_ARTIFACT", message, remedy)


@dataclass(frozen=True, slots=True)
class Link:
    """A place of ``length`` bytes at byte ``offset`` of a code, where the address of ``library`` belongs."""

    library: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Artifact:
    """A compiled contract. Codes are 0x hex; until it is linked, with placeholders that are not hex."""

    name: str
    abi: tuple[Mapping[str, Any], ...]
    bytecode: str
    deployed_bytecode: str
    links: tuple[Link, ...] = ()
    deployed_links: tuple[Link, ...] = ()

    def linked(self, libraries: Mapping[str, Address]) -> "Artifact":
        """The same with the addresses of its libraries put in, all of them.

        Raises ``ArtifactError`` where one is not given.
        """
        missing = {link.library for link in (*self.links, *self.deployed_links)} - libraries.keys()
        if missing:
            raise ArtifactError(f"{self.name}: deploy and name these libraries first: {', '.join(sorted(missing))}")
        return replace(
            self,
            bytecode=_fill(self.bytecode, self.links, libraries),
            deployed_bytecode=_fill(self.deployed_bytecode, self.deployed_links, libraries),
            links=(),
            deployed_links=(),
        )

    def creation_code(self, *arguments: object) -> bytes:
        """The data of the transaction that creates this contract: code, then its constructor's arguments.

        Raises ``ArtifactError`` for a wrong number of arguments, for unlinked libraries and for an interface.
        """
        if self.links:
            wanted = ", ".join(sorted({link.library for link in self.links}))
            raise ArtifactError(f"{self.name}: link these libraries first: {wanted}")
        if self.bytecode == "0x":
            raise ArtifactError(f"{self.name} is abstract or an interface: it has no code to deploy")
        inputs: list[Mapping[str, Any]] = next(
            (entry["inputs"] for entry in self.abi if entry["type"] == "constructor"), []
        )
        if len(inputs) != len(arguments):
            names = ", ".join(f"{entry['type']} {entry['name']}" for entry in inputs)
            raise ArtifactError(f"{self.name} takes ({names}), not {len(arguments)} arguments")
        return bytes.fromhex(self.bytecode[2:]) + encode([abi_type(entry) for entry in inputs], arguments)


def abi_type(entry: Mapping[str, Any]) -> str:
    """The canonical type of an ABI parameter: tuples written out, as signatures and codecs want them."""
    kind: str = entry["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(abi_type(part) for part in entry['components'])}){kind.removeprefix('tuple')}"


def load_artifact(path: Path, name: str | None = None) -> Artifact:
    """The artifact in a JSON file of an npm package; ``name`` where the file has none.

    Raises ``ArtifactError`` if the file is absent or is no artifact.
    """
    try:
        entry = orjson.loads(path.read_bytes())
    except FileNotFoundError as absent:
        raise ArtifactError(f"{path} is not there", "run npm ci") from absent
    except orjson.JSONDecodeError as broken:
        raise ArtifactError(f"{path} is not JSON: {broken}") from broken
    if not isinstance(entry, dict) or "abi" not in entry:
        raise ArtifactError(f"{path} has no abi: it is not a contract's artifact")
    if name is None:
        name = entry.get("contractName") or path.stem
    return from_json(name, entry)


def from_json(name: str, entry: Mapping[str, Any]) -> Artifact:
    """An artifact from the JSON of Truffle, Hardhat or solc itself."""
    evm = entry.get("evm", {})
    code = evm.get("bytecode", entry.get("bytecode", ""))
    deployed = evm.get("deployedBytecode", entry.get("deployedBytecode", ""))
    return Artifact(
        name=name,
        abi=tuple(entry["abi"]),
        bytecode=_hex(code),
        deployed_bytecode=_hex(deployed),
        links=_links(code, entry.get("linkReferences", {})),
        deployed_links=_links(deployed, entry.get("deployedLinkReferences", {})),
    )


def _hex(code: str | Mapping[str, Any]) -> str:
    text: str = code if isinstance(code, str) else code["object"]
    return text if text.startswith("0x") else "0x" + text


def _links(code: str | Mapping[str, Any], beside: Mapping[str, Any]) -> tuple[Link, ...]:
    """By file, then by library: solc puts them into the code's own object, Hardhat beside it."""
    files = beside if isinstance(code, str) else code.get("linkReferences", {})
    return tuple(
        Link(library, place["start"], place["length"])
        for libraries in files.values()
        for library, places in libraries.items()
        for place in places
    )


def _fill(code: str, links: tuple[Link, ...], libraries: Mapping[str, Address]) -> str:
    for link in links:
        start = 2 + 2 * link.offset
        code = code[:start] + libraries[link.library][2:] + code[start + 2 * link.length :]
    return code
