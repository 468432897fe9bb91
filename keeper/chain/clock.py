"""The block clock: headers, logs and answers go in; closed blocks, in order, and wishes for more come out. No I/O.

    EMPTY ──first header──▶ CLOSING ──all logs known──▶ FOLLOWING ◀─────────────┐
                               ▲                            │ header            │ all logs known
                               │ ancestry complete          ▼                   │
                            LINKING ◀──parent unknown── (target chosen) ──▶ CLOSING
    any state ──the node contradicts itself, or a reorg is too deep──▶ HALTED

A block is closed by the answer to ``eth_getLogs`` for its hash, never by its header alone. Logs that a subscription
delivered are held against that answer: one that is missing there, or that comes late, means that the node contradicts
itself, and stops the process instead of being healed in silence.

A header that continues what is known is followed at once. Any other one (a gap, a fork, a straggler) is only followed
if the node confirms it as canonical at its number.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NoReturn

from keeper.chain.canon import Canon, Closed
from keeper.chain.interests import LogFilter
from keeper.chain.wishes import FetchHead, FetchHeader, FetchHeaderAt, FetchLogs, FetchRange, Output, Wish
from keeper.domain.blocks import Block, Committed, Header, Log, Reverted
from keeper.domain.errors import StopProcess
from keeper.domain.units import Hash32


class ClockState(StrEnum):
    """What the clock is doing."""

    EMPTY = "empty"
    FOLLOWING = "following"
    LINKING = "linking"
    CLOSING = "closing"
    HALTED = "halted"


class BlockClock:
    """Every input returns what follows from it, in order. ``now`` is monotonic seconds throughout.

    Raises ``StopProcess``: ``CHAIN_LOG_DIVERGED``, ``CHAIN_INCONSISTENT`` or ``CHAIN_REORG_TOO_DEEP``; from then on
    every input raises the same.
    """

    def __init__(
        self,
        wanted: LogFilter,
        history: Sequence[Header] = (),
        *,
        reorg_depth: int = 64,
        range_blocks: int = 256,
        quiet_seconds: float = 30.0,
    ) -> None:
        """``history`` is the committed chain as far as known, oldest first; without it the first header begins it."""
        self.state = ClockState.FOLLOWING if history else ClockState.EMPTY
        self._wanted = wanted
        self._depth = reorg_depth
        self._range = range_blocks
        self._quiet = quiet_seconds
        self._canon = Canon(history, wanted, depth=reorg_depth)
        self._target: Hash32 | None = None
        self._headers: dict[Hash32, Header] = {}
        self._observed: dict[Hash32, float] = {}
        self._answers: dict[Hash32, tuple[Log, ...]] = {}
        self._delivered: dict[Hash32, set[Log]] = {}
        self._asked: set[Wish] = set()
        self._postponed: set[Wish] = set()
        self._last_news: float | None = None
        self._look_again = False
        self._orphans: set[Hash32] = set()
        self._error: StopProcess | None = None
        self._out: list[Output] = []

    @property
    def tip(self) -> Header | None:
        """The newest committed header."""
        return self._canon.tip

    # Inputs

    def header_seen(self, header: Header, now: float) -> list[Output]:
        """A header was announced."""
        self._begin(None)
        self._last_news = now
        return self._seen(header, now)

    def head_found(self, header: Header, now: float) -> list[Output]:
        """The node's newest header, whether it was wished for or not."""
        self._begin(FetchHead())
        return self._seen(header, now)

    def _seen(self, header: Header, now: float) -> list[Output]:
        if header.hash in self._canon:
            if self._target is not None and header == self.tip:
                self._ask(FetchHeaderAt(header.number))  # the node seems to have left the fork we were turning to
            return self._end()
        if header.hash in self._path_hashes():
            return self._end()
        self._learn(header, now)
        if self._continues(header):
            self._target = header.hash
        else:
            self._ask(FetchHeaderAt(header.number))
        return self._end()

    def header_at(self, wish: FetchHeaderAt, header: Header | None, now: float) -> list[Output]:
        """The canonical header at a number; ``None`` if the chain does not reach so far."""
        if not self._begin(wish):
            return []
        if header is None:
            if self._target is not None and self._headers[self._target].number >= wish.number:
                self._target = None
            self._look_again = True
        elif header.number != wish.number:
            self._fail(f"the node answers block {header.number} when asked for {wish.number}")
        elif header.hash in self._canon:
            if header == self.tip and not self._extends_tip():
                self._target = None
                self._look_again = True
        else:
            self._learn(header, now)
            if self._replaces_target(header):
                self._target = header.hash
        return self._end()

    def header_found(self, wish: FetchHeader, header: Header | None, now: float) -> list[Output]:
        """The header with a hash; ``None`` if the node does not know it."""
        if not self._begin(wish):
            return []
        if header is None:
            self._postponed.add(wish)
            self._confirm_target()
        elif header.hash != wish.hash:
            self._fail(f"the node answers block {header.hash} when asked for {wish.hash}")
        else:
            self._learn(header, now)
        return self._end()

    def logs_found(self, wish: FetchLogs, logs: Sequence[Log] | None) -> list[Output]:
        """The wanted logs of a block, in order; ``None`` if the node does not know the block."""
        if not self._begin(wish):
            return []
        if logs is None:
            self._postponed.add(wish)
            self._confirm_target()
        else:
            self._answer(wish.hash, wish.number, logs)
        return self._end()

    def range_found(
        self, wish: FetchRange, blocks: Sequence[tuple[Header, Sequence[Log]]] | None, now: float
    ) -> list[Output]:
        """The headers and logs of a range, oldest first; ``None`` if the chain does not reach so far any more."""
        if not self._begin(wish):
            return []
        if blocks is None or not _is_chain(blocks, wish):
            self._postponed.add(wish)
            self._confirm_target()
            return self._end()
        new = [(header, logs) for header, logs in blocks if header.hash not in self._canon]
        for header, logs in new:
            self._learn(header, now)
            self._answer(header.hash, header.number, logs)
        if new and self.tip is not None and new[0][0].parent_hash == self.tip.hash:
            for header, _ in new:
                self._commit(header)
            if self._path()[1] and not self._extends_tip():
                self._target = None  # it forks off below what the node has just called canonical
                self._ask(FetchHead())
        elif new:
            # The tip itself was reorganised away: go on from what is canonical now, and look at the head again later.
            self._target = new[-1][0].hash
            self._look_again = True
        return self._end()

    def log_seen(self, log: Log, *, removed: bool = False) -> list[Output]:
        """A subscription delivered a log, or says that one was removed with its block."""
        self._begin(None)
        if removed:
            self._delivered.get(log.block_hash, set()).discard(log)
            if log.block_hash in self._canon or log.block_hash in self._path_hashes():
                self._ask(FetchHead())
            return self._end()
        closed = self._canon.get(log.block_hash)
        if closed is not None:
            if closed.contradicts(log):
                self._diverge(f"log {log.log_index} of block {log.block_number} came after the block was closed")
        elif self._wanted.wants(log):
            answer = self._answers.get(log.block_hash)
            if answer is not None and log not in answer:
                self._diverge(f"log {log.log_index} of block {log.block_number} is missing in eth_getLogs")
            self._delivered.setdefault(log.block_hash, set()).add(log)
        return self._end()

    def failed(self, wish: Wish) -> list[Output]:
        """A wish could not be fulfilled for now; it is made again at the next tick, if it still matters."""
        if self._begin(wish):
            self._postponed.add(wish)
            self._look_again |= isinstance(wish, FetchHead | FetchHeaderAt)
        return self._end()

    def tick(self, now: float) -> list[Output]:
        """Time passes: what failed is wished for again, and a node that has fallen silent is asked for its head."""
        self._begin(None)
        self._postponed.clear()
        if self._last_news is None:
            self._last_news = now
        orphans = {block for block in self._delivered if block not in self._headers}
        unasked, self._orphans = orphans - self._orphans, orphans
        quiet = now - self._last_news >= self._quiet
        if quiet:
            self._last_news = now - 0.9 * self._quiet  # once silent, it is asked ten times as often until it speaks
        if quiet or self._look_again or unasked:
            self._look_again = False
            self._ask(FetchHead())
        return self._end()

    def set_wanted(self, wanted: LogFilter) -> list[Output]:
        """Change which logs are wanted: applies to every block that is not closed yet."""
        self._begin(None)
        self._wanted = wanted
        self._answers.clear()
        self._asked = {wish for wish in self._asked if not isinstance(wish, FetchLogs | FetchRange)}
        return self._end()

    # The frame of every input

    def _begin(self, answered: Wish | None) -> bool:
        """Whether the answer was waited for."""
        if self._error is not None:
            raise self._error
        self._out = []
        waited = answered in self._asked
        if answered is not None:
            self._asked.discard(answered)
        return waited

    def _end(self) -> list[Output]:
        self._advance()
        return self._out

    def _ask(self, wish: Wish) -> None:
        if wish not in self._asked and wish not in self._postponed:
            self._asked.add(wish)
            self._out.append(wish)

    def _stop(self, code: str, what: str, remedy: str) -> NoReturn:
        self.state = ClockState.HALTED
        self._error = StopProcess(code, what, remedy)
        raise self._error

    def _diverge(self, what: str) -> NoReturn:
        self._stop("CHAIN_LOG_DIVERGED", what, "the node contradicts itself: restart, or use another node")

    def _fail(self, what: str) -> NoReturn:
        self._stop("CHAIN_INCONSISTENT", what, "use another node")

    # What is known

    def _learn(self, header: Header, now: float) -> None:
        if header.hash in self._canon:
            return
        parent = self._headers.get(header.parent_hash)
        closed = self._canon.get(header.parent_hash)
        if closed is not None:
            parent = closed.header
        if parent is not None and parent.number + 1 != header.number:
            self._fail(f"block {header.number} names block {parent.number} as its parent")
        self._headers[header.hash] = header
        self._observed.setdefault(header.hash, now)

    def _answer(self, block: Hash32, number: int, logs: Sequence[Log]) -> None:
        if any(log.block_hash != block for log in logs):
            self._fail(f"the node answers logs of another block when asked for block {number}")
        for log in self._delivered.get(block, ()):
            if self._wanted.wants(log) and log not in logs:
                self._diverge(f"log {log.log_index} of block {number} was delivered and is missing in eth_getLogs")
        self._answers[block] = tuple(logs)

    def _continues(self, header: Header) -> bool:
        if self._target is not None:
            return header.parent_hash == self._target
        return self.tip is None or header.parent_hash == self.tip.hash

    def _path(self) -> tuple[list[Header], bool]:
        """The headers from the target down to the committed chain, newest first; and whether they reach it."""
        path: list[Header] = []
        header = self._headers.get(self._target) if self._target is not None else None
        while header is not None:
            path.append(header)
            if self.tip is None or header.parent_hash in self._canon:
                return path, True
            header = self._headers.get(header.parent_hash)
        return path, False

    def _path_hashes(self) -> set[Hash32]:
        return {header.hash for header in self._path()[0]}

    def _extends_tip(self) -> bool:
        path, linked = self._path()
        return linked and self.tip is not None and path[-1].parent_hash == self.tip.hash

    def _replaces_target(self, canonical: Header) -> bool:
        """Whether a canonical header is to be followed instead of the target: not if the target may lie above it."""
        if self._target is None:
            return True
        path, _ = self._path()
        for header in path:
            if header.number == canonical.number:
                return header.hash != canonical.hash
        return canonical.number > path[0].number

    def _confirm_target(self) -> None:
        if self._target is not None:
            self._ask(FetchHeaderAt(self._headers[self._target].number))

    # What follows

    def _advance(self) -> None:
        path, linked = self._path()
        if not path:
            self._target = None
            self.state = ClockState.EMPTY if self.tip is None else ClockState.FOLLOWING
            self._forget()
            return
        if not linked:
            self.state = ClockState.LINKING
            self._link(path[-1])
            return
        path.reverse()
        for header in path:
            if header.hash in self._answers:
                continue
            if self._wanted:
                self._ask(FetchLogs(header.hash, header.number, self._wanted))
            else:
                self._answers[header.hash] = ()
        for header in path:
            if header.hash not in self._answers:
                self.state = ClockState.CLOSING
                return
            self._commit(header)
        self._target = None
        self.state = ClockState.FOLLOWING
        self._forget()

    def _link(self, lowest: Header) -> None:
        """Ask for what is missing between the committed chain and the lowest header known."""
        tip = self.tip
        if tip is None:
            return
        if lowest.number - 1 > tip.number:
            if not any(isinstance(wish, FetchRange) for wish in self._asked):
                last = min(lowest.number - 1, tip.number + self._range)
                self._ask(FetchRange(tip.number + 1, last, self._wanted))
            return
        if lowest.number - 1 <= self._canon.oldest.number:
            self._too_deep(lowest.number - 1)
        self._ask(FetchHeader(lowest.parent_hash))

    def _too_deep(self, number: int) -> NoReturn:
        self._stop(
            "CHAIN_REORG_TOO_DEEP",
            f"the chain was reorganised below block {number}: deeper than {self._depth} blocks, or than is known",
            "restart from a block that is final",
        )

    def _commit(self, header: Header) -> None:
        if self.tip is not None and header.parent_hash != self.tip.hash:
            self._out.append(Reverted(self._canon.revert_to(header.parent_hash)))
        logs = self._answers.pop(header.hash)
        self._headers.pop(header.hash)
        self._delivered.pop(header.hash, None)
        self._canon.append(Closed(header, frozenset(logs), self._wanted))
        self._out.append(Committed(Block(header, logs, self._observed.pop(header.hash))))
        if self._target == header.hash:
            self._target = None

    def _forget(self) -> None:
        """Drop what can never matter again: forks that lie deeper than any reorg may."""
        if self.tip is None:
            return
        horizon = self.tip.number - self._depth
        for block in [hash_ for hash_, header in self._headers.items() if header.number < horizon]:
            del self._headers[block]
            self._observed.pop(block, None)
            self._answers.pop(block, None)
        for block in [hash_ for hash_, logs in self._delivered.items() if _is_older(logs, horizon)]:
            del self._delivered[block]


def _is_older(logs: Iterable[Log], horizon: int) -> bool:
    return all(log.block_number < horizon for log in logs)


def _is_chain(blocks: Sequence[tuple[Header, Sequence[Log]]], wish: FetchRange) -> bool:
    """Whether the answer is the range that was asked for, each block on top of the one before."""
    headers = [header for header, _ in blocks]
    return [header.number for header in headers] == list(range(wish.first, wish.last + 1)) and all(
        child.parent_hash == parent.hash for parent, child in pairwise(headers)
    )
