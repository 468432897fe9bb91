"""The pages that the code itself can tell: ``python -m tests.docs.generated`` writes them, a test compares."""

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase
from typer.main import get_command

from keeper.cli.app import app
from keeper.observe import Metrics
from tests.docs.pages import DOCS

METRICS = DOCS / "metrics.md"
CLI = DOCS / "cli.md"

_HOW_TO_WRITE = "This page is written by `python -m tests.docs.generated` from the code; a test compares them.\n"
_METRICS_HEAD = """# Metrics

What `/metrics` serves, in Prometheus' text format. Amounts are wei as floats: near enough for a graph; the ledger has them
exactly. A counter counts since the process began.

| metric | kind | labels | is |
|---|---|---|---|
"""
_METRICS_TAIL = """
A histogram is served as `…_bucket`, `…_sum` and `…_count`. Which of these to be woken for: [operating](operating.md).

"""
_CLI_HEAD = """# Commands

`keeper <command>`, in the environment that `make` sets up: `.venv/bin/keeper`. Every listing has `--json`, in which amounts
are text, so that no reader rounds them. The configuration is the directory `config` unless `--config` names another.

| exit code | means |
|---|---|
| 0 | done, or stopped by SIGINT or SIGTERM |
| 1 | `check` found something wrong; `explain` knows nothing; a passing fault |
| 2 | the command was typed wrongly |
| 10 | nothing could go on; a supervisor may start it again |
| 12 | what the operator wrote is wrong; starting again does not help |

An error is one line with its [code](errors.md), and one that says what to do.

"""


def metrics_page() -> str:
    metrics = vars(Metrics(CollectorRegistry())).values()
    rows = sorted(_row(metric) for metric in metrics if isinstance(metric, MetricWrapperBase))
    return _METRICS_HEAD + "".join(f"{row}\n" for row in rows) + _METRICS_TAIL + _HOW_TO_WRITE


def cli_page() -> str:
    return (
        _CLI_HEAD
        + "\n".join(line for name, command in commands().items() for line in _command(name, command))
        + (f"\n{_HOW_TO_WRITE}")
    )


def commands() -> dict[str, Any]:
    """Every command by its name, in the order of ``keeper --help``."""
    group: Any = get_command(app)
    context = group.context_class(group, info_name="keeper")
    return {name: group.get_command(context, name) for name in group.list_commands(context)}


def _row(metric: MetricWrapperBase) -> str:
    (family,) = metric.describe()
    suffix = "_total" if family.type == "counter" else ""
    labels = ", ".join(f"`{label}`" for label in metric._labelnames)
    return f"| `{family.name}{suffix}` | {family.type} | {labels} | {family.documentation} |"


def _command(name: str, command: Any) -> Iterator[str]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option" and not each.hidden]
    usage = [str(each.name) if each.required else f"[{each.name}]" for each in arguments]
    yield f"## keeper {' '.join([name, *usage])}"
    yield ""
    yield " ".join((command.help or "").split())
    yield ""
    rows = [(f"`{each.name}`", getattr(each, "help", None)) for each in arguments]
    rows += [(", ".join(f"`{flag}`" for flag in (*each.opts, *each.secondary_opts)), each.help) for each in options]
    if rows:
        yield "| | |"
        yield "|---|---|"
        yield from (f"| {what} | {' '.join((text or '').split())} |" for what, text in rows)
        yield ""


if __name__ == "__main__":
    METRICS.write_text(metrics_page(), encoding="utf-8")
    CLI.write_text(cli_page(), encoding="utf-8")
