"""The committed artifact is what the committed source compiles to."""

from pathlib import Path

from keeper.execution.program import load_artifact
from tests.execution.contracts.artifact import COMMITTED, compile_executor, render


def test_the_source_compiles_to_the_committed_artifact_byte_for_byte(tmp_path: Path) -> None:
    assert render(compile_executor(cache=tmp_path)) == COMMITTED.read_bytes(), (
        "run python -m tests.execution.contracts.artifact and commit what it writes"
    )


def test_it_fits_into_an_account() -> None:
    assert len(load_artifact().runtime) <= 24_576  # EIP-170
