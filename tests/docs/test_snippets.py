"""The code in the pages does what the pages say."""

import doctest
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, imported, modules, name_of, pages, written

WITH_SESSIONS = [page for page in pages() if any(block.is_session for block in blocks(page))]
WITH_MODULES = [page for page in pages() if modules(page)]


@pytest.mark.parametrize("page", WITH_SESSIONS, ids=name_of)
def test_a_session_gives_what_it_shows(page: Path, tmp_path: Path) -> None:
    known = dict(vars(imported(written(page, tmp_path))))
    text = page.read_text(encoding="utf-8")
    examples = doctest.DocTestParser().get_doctest(text, known, name_of(page), str(page), 0)
    said: list[str] = []
    results = doctest.DocTestRunner(verbose=False).run(examples, out=said.append)
    assert results.attempted
    assert not results.failed, "".join(said)


def test_the_recipes_are_typed_as_strictly_as_the_house(tmp_path: Path) -> None:
    """What they define is handed to functions that ask for the interfaces, which is where a missing member shows."""
    sources = [written(page, tmp_path) for page in WITH_MODULES]
    assert {source.stem for source in sources} == {
        "page_adding_a_protocol",
        "page_adding_a_strategy",
        "page_adding_a_venue",
    }
    use = tmp_path / "use.py"
    use.write_text(
        "from keeper.domain.adapters import LendingProtocol, Venue\n"
        "from keeper.domain.strategy import Strategy\n"
        "from page_adding_a_protocol import Pawnshop\n"
        "from page_adding_a_strategy import Cautious\n"
        "from page_adding_a_venue import Windows\n"
        "def protocol(it: Pawnshop) -> LendingProtocol: return it\n"
        "def venue(it: Windows) -> Venue: return it\n"
        "def strategy(it: Cautious) -> Strategy: return it\n",
        encoding="utf-8",
    )
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(tmp_path / "cache")]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *map(str, [*sources, use])],
        cwd=ROOT,
        env={"MYPYPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", WITH_MODULES, ids=name_of)
def test_a_recipe_configures_what_it_has_written(page: Path, tmp_path: Path) -> None:
    module = imported(written(page, tmp_path))
    (plugin,) = (
        each
        for each in vars(module).values()
        if isinstance(getattr(each, "Config", None), type) and each.__module__ == module.__name__
    )
    files = [tomllib.loads(block.text) for block in blocks(page) if block.language == "toml"]
    (own,) = (file for file in files if "adapter" in file or "strategy" in file)
    assert plugin.Config.model_validate(own["settings"])
    (entries,) = (file["project"]["entry-points"] for file in files if "project" in file)
    ((group, names),) = entries.items()
    assert group in {"keeper.protocols", "keeper.venues", "keeper.strategies"}
    ((name, target),) = names.items()
    assert name == own.get("adapter", own.get("strategy"))
    assert target.partition(":")[2] == plugin.__name__
    assert target.partition(":")[0].replace(".", "/") in page.read_text(encoding="utf-8")
