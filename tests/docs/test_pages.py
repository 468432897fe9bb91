"""The pages are whole and true: links lead somewhere, and everything that they name is there."""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from keeper.domain.denials import DenialCode
from tests.docs.generated import CLI, METRICS, cli_page, commands, metrics_page
from tests.docs.pages import DOCS, ROOT, anchors, blocks, links, name_of, pages
from tests.support.code_tables import raised

PAGES = pages()
ROOMS = ["strategies", *sorted(path.parent.name for path in ROOT.glob("keeper/*/__init__.py"))]
# What a recipe tells to write is not there yet.
RECIPES = {"pawnshop", "window", "cautious", "mainnet.toml"}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        if "://" in link:
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_a_page_that_the_index_and_the_picture_know(room: str) -> None:
    assert (DOCS / f"{room}.md").is_file()
    assert f"{room}.md" in links(DOCS / "README.md")
    assert f"{room}.md" in links(DOCS / "architecture.md")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_s_page_says_what_always_holds_and_where_that_is_shown(room: str) -> None:
    page = DOCS / f"{room}.md"
    if page != CLI:
        said = anchors(page)
        assert said & {"invariants", "what-is-shipped"}
        assert "proofs" in said


def test_every_page_is_reached_from_the_front() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in seen:
            seen.add(page)
            waiting += [
                (page.parent / link.partition("#")[0]).resolve()
                for link in links(page)
                if "://" not in link and link.partition("#")[0].endswith(".md")
            ]
    assert set(PAGES) <= seen


def test_the_layers_are_those_that_the_linter_enforces() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    _, _, after = text_of(DOCS / "architecture.md").partition("<!-- layers -->\n```\n")
    assert after.partition("\n```")[0].splitlines() == layers


@pytest.mark.parametrize(("page", "written"), [(METRICS, metrics_page), (CLI, cli_page)], ids=["metrics", "cli"])
def test_a_page_made_from_the_code_is_up_to_date(page: Path, written: Callable[[], str]) -> None:
    assert text_of(page) == written(), "run python -m tests.docs.generated"


def test_every_command_is_known_and_only_those() -> None:
    known = set(commands())
    assert known == {heading.split()[1] for heading in re.findall(r"^## (keeper .+)$", text_of(CLI), re.MULTILINE)}
    for page in PAGES:
        shell = "\n".join(block.text for block in blocks(page) if block.language == "sh")
        used = re.findall(r"(?:^| )keeper ([a-z]+)(?= |$)", shell, re.MULTILINE)
        used += re.findall(r"`keeper ([a-z]+)[ `]", text_of(page))
        assert set(used) <= known | {"keeper"}, name_of(page)


def test_every_target_of_make_that_is_named_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in PAGES:
        for target in re.findall(r"(?:^|`)make ([a-z]+)", text_of(page), re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{name_of(page)}: make {target}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = re.findall(r"`((?:keeper|strategies|tests|config|docs)/[\w./-]+)`", text_of(page))
    missing = [each for each in named if not (ROOT / each).exists() and not any(name in each for name in RECIPES)]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_code_that_is_named_is_one_of_ours(page: Path) -> None:
    categories = {code.split("_")[0] for code in CODES} - {"START", "SEIZE"}
    assert {code for code in named_codes(page) if code.split("_")[0] in categories} <= CODES


def test_every_code_that_can_be_seen_is_in_a_page() -> None:
    assert CODES - {code for page in PAGES for code in named_codes(page)} == set()


def named_codes(page: Path) -> set[str]:
    return set(re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`", text_of(page)))


def written_codes() -> Iterator[str]:
    """Texts in the sources that can only be a code: of the chain, of relays, or made by ``unavailable``."""
    for path in ROOT.glob("keeper/**/*.py"):
        for node in ast.walk(ast.parse(text_of(path))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if re.fullmatch(r"(CHAIN|RELAY|RPC)_[A-Z_]+", node.value):
                    yield node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "unavailable":
                yield from (
                    f"RPC_{ast.literal_eval(each)}" for each in node.args[1:2] if isinstance(each, ast.Constant)
                )


CODES = {*DenialCode.__members__, *(each.code for each in raised()), *written_codes()}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_metric_that_is_named_is_served(page: Path) -> None:
    served = set(re.findall(r"^\| `(keeper_\w+)`", metrics_page(), re.MULTILINE))
    named = set(re.findall(r"\b(keeper_[a-z_]+)\b", text_of(page)))
    assert named <= served, name_of(page)


def test_the_picture_is_of_a_run_that_kept_its_predictions() -> None:
    shown = "".join(ET.parse(DOCS / "demo.svg").getroot().itertext()).replace("\xa0", " ")  # noqa: S314 - our own
    assert "net profit" in shown
    differences = re.findall(r"(\d+) wei", shown)
    assert len(differences) >= 6
    assert set(differences) == {"0"}
