"""The Solidity compiler: once per input, the same everywhere, and clear about what is wrong."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from keeper.devnet.artifacts import ArtifactError, load_artifact
from keeper.devnet.compiler import SOLC_0_6, CompilerError, compile_folder, compile_packages
from keeper.domain.units import Address

NODE_MODULES = Path(__file__).resolve().parents[2] / "node_modules"
ADDER = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;
import {Sum} from "../shared/Sum.sol";
contract Adder {
    uint256 public immutable BASE;
    constructor(uint256 base) { BASE = base; }
    function add(uint256 other) external view returns (uint256) { return Sum.sum(BASE, other); }
}
"""
SUM = """// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;
library Sum {
    function sum(uint256 a, uint256 b) public pure returns (uint256) { return a + b; }
}
"""


def write(root: Path, source: str = ADDER) -> Path:
    (root / "shared").mkdir(parents=True)
    (root / "main").mkdir()
    (root / "shared" / "Sum.sol").write_text(SUM)
    (root / "main" / "Adder.sol").write_text(source)
    return root / "main"


def test_bytecode_is_the_same_from_any_folder_and_compiled_once(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = compile_folder(write(tmp_path / "here"), node_modules=NODE_MODULES, cache=cache)
    started = time.monotonic()
    second = compile_folder(write(tmp_path / "a" / "b"), node_modules=NODE_MODULES, cache=cache)
    assert first == second
    assert time.monotonic() - started < 0.5
    assert len(list(cache.glob("*.json"))) == 1
    assert set(first) == {"Adder"}


def test_many_at_once_wait_for_one_compiler(tmp_path: Path) -> None:
    root, cache = write(tmp_path / "here"), tmp_path / "cache"
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(compile_folder, root, node_modules=NODE_MODULES, cache=cache) for _ in range(4)]
        results = [job.result() for job in jobs]
    assert all(result == results[0] for result in results)
    assert not list(cache.glob("*.tmp"))


def test_libraries_are_linked_before_deployment(tmp_path: Path) -> None:
    adder = compile_folder(write(tmp_path / "here"), node_modules=NODE_MODULES, cache=tmp_path)["Adder"]
    assert {link.library for link in adder.links} == {"Sum"}
    with pytest.raises(ArtifactError, match="link these libraries first: Sum"):
        adder.creation_code(1)
    with pytest.raises(ArtifactError, match="deploy and name these libraries first: Sum"):
        adder.linked({})
    linked = adder.linked({"Sum": Address("0x" + "ab" * 20)})
    assert bytes.fromhex("ab" * 20) in linked.creation_code(1)
    assert linked.creation_code(7)[-32:] == (7).to_bytes(32)
    with pytest.raises(ArtifactError, match=r"takes \(uint256 base\), not 0 arguments"):
        linked.creation_code()


def test_a_mistake_is_shown_as_the_compiler_shows_it(tmp_path: Path) -> None:
    root = write(tmp_path / "here", ADDER.replace("Sum.sum(BASE, other)", "Sum.off(BASE)"))
    with pytest.raises(CompilerError, match=r'Member "off" not found') as caught:
        compile_folder(root, node_modules=NODE_MODULES, cache=tmp_path)
    assert caught.value.code == "DEVNET_COMPILE"


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path / "here")
    with pytest.raises(CompilerError, match=r"there is no \.sol file"):
        compile_folder(tmp_path / "none", node_modules=NODE_MODULES)
    with pytest.raises(CompilerError, match="run npm ci") as caught:
        compile_folder(root, node_modules=tmp_path / "node_modules", cache=tmp_path)
    assert caught.value.code == "DEVNET_NO_PACKAGES"
    (root / "Adder.sol").write_text(ADDER.replace("../shared/Sum.sol", "@nobody/nothing.sol"))
    with pytest.raises(CompilerError, match=r"main/Adder\.sol wants @nobody/nothing\.sol"):
        compile_folder(root, node_modules=NODE_MODULES, cache=tmp_path)
    (root / "Adder.sol").write_text(ADDER)
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(CompilerError, match="node is not on the PATH"):
        compile_folder(root, node_modules=NODE_MODULES, cache=tmp_path)


def test_old_and_new_packages_compile() -> None:
    flux = "@chainlink/contracts/src/v0.6/FluxAggregator.sol"
    aggregator = compile_packages([flux], node_modules=NODE_MODULES, solc=SOLC_0_6)["FluxAggregator"]
    assert any(entry.get("name") == "AnswerUpdated" for entry in aggregator.abi)
    token = compile_packages(["@openzeppelin/contracts/token/ERC20/ERC20.sol"], node_modules=NODE_MODULES)["ERC20"]
    assert token.bytecode.startswith("0x6080")


def test_ready_artifacts_are_read_whatever_tool_wrote_them(tmp_path: Path) -> None:
    weth = load_artifact(NODE_MODULES / "canonical-weth/build/contracts/WETH9.json")
    assert (weth.name, weth.links) == ("WETH9", ())
    pool = load_artifact(NODE_MODULES / "@aave/core-v3/artifacts/contracts/protocol/pool/Pool.sol/Pool.json")
    libraries = {link.library for link in pool.links}
    assert "FlashLoanLogic" in libraries
    linked = pool.linked(dict.fromkeys(libraries, Address("0x" + "12" * 20)))
    assert bytes.fromhex(linked.bytecode[2:])
    with pytest.raises(ArtifactError, match="run npm ci"):
        load_artifact(tmp_path / "absent.json")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(ArtifactError, match="is not JSON"):
        load_artifact(tmp_path / "broken.json")
    (tmp_path / "other.json").write_text("[]")
    with pytest.raises(ArtifactError, match="has no abi"):
        load_artifact(tmp_path / "other.json")
