"""The tables of codes in ``docs/``, made from the code itself.

``python -m tests.support.code_tables`` writes them; tests fail while a table is behind.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from keeper.domain import errors
from keeper.domain.denials import DenialCode

ROOT = Path(__file__).parents[2]
DENIALS = ROOT / "docs" / "denials.md"
ERRORS = ROOT / "docs" / "errors.md"

_HOW_TO_WRITE = "This table is written by `python -m tests.support.code_tables` from the code; a test compares them."
_REMEDIES = {
    "RetryLater": "tries again, elsewhere or later",
    "SkipItem": "leaves the item out; the others go on",
    "HaltAdapter": "stops the protocol, venue or strategy; the others go on",
    "StopProcess": f"ends, exit code {errors.StopProcess.exit_code}",
    "ConfigError": f"ends, exit code {errors.ConfigError.exit_code}: what was written is wrong",
}


@dataclass(frozen=True, slots=True, order=True)
class Raised:
    """A code, the class of error that carries it, and the module that makes it."""

    code: str
    kind: str
    module: str


def denials_page() -> str:
    lines = [
        "# Denials",
        "",
        "Whatever was looked at and not done has a code and the numbers behind it: in the log, in `keeper explain`, and",
        "in `keeper_denied_total{strategy,code}`. Amounts are wei, times seconds.",
        "",
        "| code | meaning |",
        "|---|---|",
        *(f"| `{code.name}` | {code.value} |" for code in DenialCode),
        "",
        _HOW_TO_WRITE,
    ]
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    by_code: dict[tuple[str, str], list[str]] = {}
    for each in sorted(raised()):
        by_code.setdefault((each.code, each.kind), []).append(each.module)
    rows = [
        f"| `{code}` | {_REMEDIES[kind]} | {', '.join(f'`{module}`' for module in dict.fromkeys(modules))} |"
        for (code, kind), modules in by_code.items()
    ]
    lines = [
        "# Errors",
        "",
        "Every error of ours has a stable code, says what happened and what to do. What the keeper does about one follows",
        "from its class.",
        "",
        "| code | the keeper | where |",
        "|---|---|---|",
        *rows,
        "",
        _HOW_TO_WRITE,
    ]
    return "\n".join(lines) + "\n"


def raised() -> Iterator[Raised]:
    """Every code that is written out where an error is made: in a call, or in the class of an error that has one code."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in _sources()}
    texts = {_module(path): dict(_texts(tree)) for path, tree in trees.items()}
    classes = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    kinds = _kinds(classes)
    fixed = {node.name for node in classes if _own_init(node) is not None}
    for path, tree in trees.items():
        known = texts[_module(path)] | dict(_imported(tree, texts))
        for node in ast.walk(tree):
            kind, argument = None, None
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                if node.func.id not in fixed:
                    kind, argument = kinds.get(node.func.id), node.args[0]
            elif isinstance(node, ast.ClassDef):
                kind, argument = kinds.get(node.name), _own_init(node)
            code = _text(argument, known)
            if kind is not None and code is not None:
                yield Raised(code, kind, _module(path))


def _sources() -> list[Path]:
    return sorted(path for room in ("keeper", "strategies") for path in (ROOT / room).rglob("*.py"))


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _kinds(classes: Iterable[ast.ClassDef]) -> dict[str, str]:
    """Each class of error, with the class that says what is done about it: itself, or the one it derives from."""
    kinds = {name: name for name in _REMEDIES}
    for node in classes:
        bases = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id in kinds]
        if bases:
            kinds.setdefault(node.name, kinds[bases[0]])
    return kinds


def _own_init(node: ast.ClassDef) -> ast.expr | None:
    """The code that a class of error gives to every one of its own."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "super().__init__" and call.args:
            first = call.args[0]
            if isinstance(first, ast.Constant):
                return first
    return None


def _texts(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """A module's own names for texts."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value.value


def _imported(tree: ast.Module, texts: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """The names for texts that a module has from others."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            there = texts.get(node.module or "", {})
            yield from ((alias.asname or alias.name, there[alias.name]) for alias in node.names if alias.name in there)


def _text(node: ast.expr | None, known: Mapping[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return known.get(node.id) if isinstance(node, ast.Name) else None


if __name__ == "__main__":
    DENIALS.write_text(denials_page(), encoding="utf-8")
    ERRORS.write_text(errors_page(), encoding="utf-8")
