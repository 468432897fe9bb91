"""A complete, small configuration on disk, for a test to spoil."""

from pathlib import Path

import pytest

from tests.support.configs import write_config


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return write_config(tmp_path / "config")
