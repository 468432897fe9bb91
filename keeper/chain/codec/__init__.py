"""The ABI codec: events, functions and errors from Solidity signatures; no I/O."""

from keeper.chain.codec.event import Event
from keeper.chain.codec.function import CustomError, Function, error
from keeper.chain.codec.record import Record
from keeper.chain.codec.reverts import revert_reason

__all__ = ["CustomError", "Event", "Function", "Record", "error", "revert_reason"]
