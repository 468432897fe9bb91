"""A bundle relay and block builder in front of a local node, faithful to the real ones where a client can tell."""

from keeper.devnet.relay.builder import BuiltBlock
from keeper.devnet.relay.dialects import Behaviour, Dialect, Fault
from keeper.devnet.relay.pool import Bundle, Fate, Outcome
from keeper.devnet.relay.server import Relay

__all__ = ["Behaviour", "BuiltBlock", "Bundle", "Dialect", "Fate", "Fault", "Outcome", "Relay"]
