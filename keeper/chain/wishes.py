"""What the block clock wants from a node: data that the shell fulfils and answers."""

from dataclasses import dataclass

from keeper.chain.interests import LogFilter
from keeper.domain.blocks import Committed, Reverted
from keeper.domain.units import Hash32


@dataclass(frozen=True, slots=True)
class FetchHead:
    """Wish: the node's newest header, to be given to ``head_found``."""


@dataclass(frozen=True, slots=True)
class FetchHeaderAt:
    """Wish: the canonical header with a number, to be given to ``header_at``."""

    number: int


@dataclass(frozen=True, slots=True)
class FetchHeader:
    """Wish: the header with a hash, canonical or not, to be given to ``header_found``."""

    hash: Hash32


@dataclass(frozen=True, slots=True)
class FetchLogs:
    """Wish: the logs of one block, to be given to ``logs_found``."""

    hash: Hash32
    number: int
    wanted: LogFilter


@dataclass(frozen=True, slots=True)
class FetchRange:
    """Wish: canonical headers and logs of a range of blocks, both ends included, to be given to ``range_found``."""

    first: int
    last: int
    wanted: LogFilter


Wish = FetchHead | FetchHeaderAt | FetchHeader | FetchLogs | FetchRange
Output = Wish | Committed | Reverted
