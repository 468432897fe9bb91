"""The Dockerfile, read: stages, pins, user, sources; and its health check, run against real probes."""

import asyncio
import json
import os
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from keeper.config import load
from keeper.config.schema import KeeperConfig
from keeper.observe import Health, Metrics, application, serving
from tests.support.configs import ENVIRON, resolver, write_config

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"


@dataclass(frozen=True, slots=True)
class Instruction:
    stage: int
    """0 before the first FROM."""
    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """The exec form's words, or those of the shell form, without flags."""
        if self.text.startswith("["):
            return list(map(str, json.loads(self.text)))
        return [word for word in shlex.split(self.text) if not word.startswith("--")]


def _read() -> Iterator[Instruction]:
    lines = [line for line in DOCKERFILE.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    stage = 0
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if line.strip():
            name, _, text = line.strip().partition(" ")
            stage += name == "FROM"
            yield Instruction(stage, name, text.strip())


INSTRUCTIONS = tuple(_read())
LAST = INSTRUCTIONS[-1].stage


def of(name: str, stage: int = LAST) -> list[Instruction]:
    return [each for each in INSTRUCTIONS if each.name == name and each.stage == stage]


def test_every_stage_starts_from_one_exact_patch_release() -> None:
    (base,) = of("ARG", 0)
    assert re.fullmatch(r"PYTHON=python:3\.11\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", base.text)
    stages = [each.text for each in INSTRUCTIONS if each.name == "FROM"]
    assert stages == ["${PYTHON} AS builder", "${PYTHON} AS runtime"]


def test_what_is_copied_from_here_exists_and_is_let_through() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copies = [each for each in INSTRUCTIONS if each.name == "COPY" and "--from" not in each.text]
    sources = [source for each in copies for source in each.words[:-1]]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored, f"{source} never reaches the build"
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == set(sources), (
        "let through for nothing"
    )


def test_the_wheel_and_its_dependencies_are_held_to_the_lock() -> None:
    environment = " ".join(each.text for each in of("ENV", 1))
    assert "PIP_CONSTRAINT=/src/requirements.lock" in environment


def test_the_image_that_runs_gets_the_environment_alone() -> None:
    assert [each.text for each in of("COPY")] == ["--from=builder /opt/keeper /opt/keeper"]
    assert not any(tool in each.text for each in of("RUN") for tool in ("apt", "pip", "npm", "curl"))


def test_it_runs_as_a_numeric_user_that_is_not_root() -> None:
    (user,) = of("USER")
    uid, _, gid = user.text.partition(":")
    assert uid.isdecimal()
    assert gid.isdecimal()
    assert int(uid) > 0
    assert int(gid) > 0
    assert any(f"--owner {uid} --group {gid} --mode 700 /var/lib/keeper" in each.text for each in of("RUN"))


def test_it_runs_the_daemon_with_the_mounted_configuration() -> None:
    assert [each.words for each in of("ENTRYPOINT")] == [["keeper"]]
    assert [each.words for each in of("CMD")] == [["run", "--config", "/etc/keeper"]]


def test_what_has_to_survive_lies_in_the_volume(tmp_path: Path) -> None:
    keeper = load(write_config(tmp_path / "etc"), resolver, {**ENVIRON, **_keeper_environment()}).keeper
    (volume,) = of("VOLUME")
    kept = Path(*volume.words)
    assert keeper.kill_switch.parent == kept
    assert keeper.ledger.reveal() == f"sqlite:///{kept / 'keeper.db'}"
    assert [each.text for each in of("EXPOSE")] == [str(keeper.http.port)]


def test_every_setting_of_the_image_is_one_that_there_is() -> None:
    for name in _keeper_environment():
        model: object = KeeperConfig
        for part in name.removeprefix("KEEPER_").lower().split("__"):
            fields = getattr(model, "model_fields", {})
            assert part in fields, name
            model = fields[part].annotation


@pytest.mark.parametrize(("silent_for", "code"), [(0.0, 0), (61.0, 1)])
async def test_the_health_check_asks_for_recent_work(silent_for: float, code: int) -> None:
    now = 1_000.0
    health = Health(stale_after=60.0, clock=lambda: now)
    now += silent_for
    async with serving(application(health, Metrics(CollectorRegistry())), "127.0.0.1", 0) as port:
        assert await _health_check(port) == code


async def test_the_health_check_fails_where_nobody_answers() -> None:
    async with serving(application(Health(60.0), Metrics(CollectorRegistry())), "127.0.0.1", 0) as port:
        pass
    assert await _health_check(port) == 1


def _keeper_environment() -> dict[str, str]:
    pairs = [word.partition("=") for each in of("ENV") for word in each.words]
    return {name: value for name, _, value in pairs if name.startswith("KEEPER_")}


async def _health_check(port: int) -> int:
    (check,) = of("HEALTHCHECK")
    program, *arguments = json.loads(check.text.partition("CMD ")[2])
    assert program == "python"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env={**os.environ, "KEEPER_HTTP__PORT": str(port)},
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await process.wait()
