"""The wheel, installed as a user has it: in an environment of its own, used from a folder that knows no sources."""

import json
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# One worker builds and installs for all of these.
pytestmark = pytest.mark.xdist_group("wheel")


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment with the wheel in it, and an empty folder to stand in."""

    prefix: Path
    cwd: Path

    def run(self, *command: str) -> str:
        done = self.attempt(*command)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def attempt(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.prefix / "bin" / program), *arguments],
            cwd=self.cwd,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.cwd)},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def config(self) -> Path:
        return self.prefix / "share/keeper/config"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, and the wheel that is built from it and not from the tree."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=True,
        capture_output=True,
    )
    return out


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (path,) = dist.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The dependencies are those of this environment, by a path file: such a path's own path files, and with them the
    link to our sources, do not count."""
    prefix = tmp_path_factory.mktemp("environment")
    venv.create(prefix)
    python = prefix / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps", wheel],
        check=True,
    )
    (packages,) = prefix.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Installed(prefix, tmp_path_factory.mktemp("elsewhere"))


def test_the_wheel_holds_what_runs_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"keeper", "strategies", "nft_keeper"}
    assert {"keeper/py.typed", "strategies/py.typed", "keeper/execution/artifacts/Executor.json"} <= set(names)
    shipped = {path.relative_to(ROOT) for path in (ROOT / "config").rglob("*.toml")}
    assert shipped
    for path in shipped:
        assert any(name.endswith(f".data/data/share/keeper/{path}") for name in names), path
    assert not [name for name in names if "test" in name.lower().split("/")[-1] and name.endswith(".py")]
    assert not [name for name in names if name.endswith((".pyc", ".db", ".env", ".pem", ".key"))]


def test_the_sources_are_whole_enough_to_build_and_test_from(dist: Path) -> None:
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"Makefile", "pyproject.toml", "requirements.lock", "package-lock.json", "LICENSE", "README.md"} <= names
    assert "tests/packaging/test_wheel.py" in names
    assert not [name for name in names if name.startswith((".venv", "node_modules", "build/", "var/"))]


def test_it_is_imported_from_where_it_was_installed(installed: Installed) -> None:
    program = "import keeper, strategies; print(keeper.__file__); print(strategies.__file__)"
    for line in installed.run("python", "-c", program).splitlines():
        assert Path(line).is_relative_to(installed.prefix)


def test_it_says_its_version(installed: Installed) -> None:
    program = "from importlib.metadata import version; print(version('nft-keeper'))"
    assert installed.run("keeper", "version") == installed.run("python", "-c", program)
    assert installed.run("python", "-m", "keeper", "version") == installed.run("keeper", "version")


@pytest.mark.parametrize("group", sorted(PROJECT["entry-points"]))
def test_every_plug_in_is_found_and_loads(installed: Installed, group: str) -> None:
    program = f"""
import importlib.metadata, json
print(json.dumps({{e.name: e.load().__module__ for e in importlib.metadata.entry_points(group={group!r})}}))
"""
    assert json.loads(installed.run("python", "-c", program)).keys() == PROJECT["entry-points"][group].keys()


@pytest.mark.parametrize("listing", ["protocols", "venues", "strategies"])
def test_the_configuration_beside_it_is_good(installed: Installed, listing: str) -> None:
    rows = json.loads(installed.run("keeper", listing, "--json", "--config", str(installed.config)))
    named = {row["strategy" if listing == "strategies" else "adapter"] for row in rows}
    assert named == PROJECT["entry-points"][f"keeper.{listing}"].keys()


def test_without_a_configuration_it_says_where_to_look(installed: Installed) -> None:
    done = installed.attempt("keeper", "protocols")
    assert done.returncode == 12
    assert "CONFIG_MISSING" in done.stderr
    assert "--config" in done.stderr


def test_where_the_npm_packages_are_missing_the_demo_says_so(installed: Installed) -> None:
    done = installed.attempt("keeper", "demo")
    assert done.returncode == 10
    assert "DEVNET_NO_" in done.stderr
    assert "make demo" in done.stderr or "npm" in done.stderr
    assert "Traceback" not in done.stderr
