"""``keeper version``."""

import typer

from keeper import __version__


def version() -> None:
    """The version that this is."""
    typer.echo(__version__)
