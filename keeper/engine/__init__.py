"""The tick: logs of a block in, plans of the next block out, and what became of the last ones."""

from keeper.engine.adapters import Adapters
from keeper.engine.engine import Engine, Parts

__all__ = ["Adapters", "Engine", "Parts"]
