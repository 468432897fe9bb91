"""Proof before sending: local maths, the node's simulation and the relay's have to agree to the wei."""

from keeper.simulation.simulator import Proven, Simulator, prove_all

__all__ = ["Proven", "Simulator", "prove_all"]
