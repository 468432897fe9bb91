"""The documentation as a test sees it: pages, links, code."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced piece of a page."""

    language: str
    text: str

    @property
    def is_session(self) -> bool:
        return self.language == "python" and ">>> " in self.text


def pages() -> list[Path]:
    """Everything that people read, from the root of the tree down."""
    return sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    return [Block(*found) for found in _BLOCK.findall(page.read_text(encoding="utf-8"))]


def links(page: Path) -> Iterator[str]:
    """The targets of links in prose."""
    yield from _LINK.findall(_BLOCK.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """What a link to a heading of the page may say after the hash."""
    headings = _HEADING.findall(_BLOCK.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def modules(page: Path) -> str:
    """The code that a page asks to be written, as one source."""
    return "\n\n".join(block.text for block in blocks(page) if block.language == "python" and not block.is_session)


def written(page: Path, directory: Path) -> Path:
    """That source as a file."""
    path = directory / f"page_{page.stem.replace('-', '_')}.py"
    path.write_text(modules(page), encoding="utf-8")
    return path


def imported(path: Path) -> ModuleType:
    """A source as a module, known under its name as dataclasses want it."""
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    sys.modules[path.stem] = module
    exec(compile(path.read_text(encoding="utf-8"), path, "exec"), module.__dict__)  # noqa: S102 - our own page
    return module
