"""The executor's committed artifact, made anew: ``python -m tests.execution.contracts.artifact``."""

from pathlib import Path

import orjson

from keeper.devnet.artifacts import Artifact
from keeper.devnet.compiler import Solc, compile_folder

ROOT = Path(__file__).resolve().parents[3]
NODE_MODULES = ROOT / "node_modules"
SOURCES = ROOT / "keeper/execution/contracts"
COMMITTED = ROOT / "keeper/execution/artifacts/Executor.json"
SOLC = Solc(optimizer_runs=1_000_000)


def compile_executor(cache: Path | None = None) -> Artifact:
    return compile_folder(SOURCES, node_modules=NODE_MODULES, solc=SOLC, cache=cache)["Executor"]


def render(artifact: Artifact) -> bytes:
    """The artifact's file: sorted keys, two spaces, a newline at the end."""
    version = orjson.loads((NODE_MODULES / SOLC.package / "package.json").read_bytes())["version"]
    document = {
        "contractName": artifact.name,
        "abi": artifact.abi,
        "bytecode": artifact.bytecode,
        "deployedBytecode": artifact.deployed_bytecode,
        "compiler": {
            "name": "solc",
            "version": version,
            "settings": {
                "evmVersion": SOLC.evm_version,
                "optimizer": {"enabled": True, "runs": SOLC.optimizer_runs},
                "metadata": {"bytecodeHash": "none"},
            },
        },
    }
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(document, option=options)


if __name__ == "__main__":
    COMMITTED.write_bytes(render(compile_executor()))
