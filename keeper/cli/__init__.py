"""The command line."""

from keeper.cli.app import main

__all__ = ["main"]
