"""From opportunities to plans: where to sell, how to fund, which of them together."""

from keeper.planning.planner import Context, Planner

__all__ = ["Context", "Planner"]
