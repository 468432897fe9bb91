"""The block clock: its transition table, its contradictions, and random walks against a model chain."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.chain.clock import BlockClock, ClockState
from keeper.chain.interests import LogFilter
from keeper.chain.wishes import FetchHead, FetchHeader, FetchHeaderAt, FetchLogs, FetchRange, Output, Wish
from keeper.domain.blocks import Block, Committed, Header, Log, LogInterest, Reverted
from keeper.domain.errors import StopProcess
from keeper.domain.units import Hash32
from tests.support.model_chain import EVERYTHING, OTHER_TOPIC, TOPIC, ModelChain, make_log

WANTED = LogFilter(EVERYTHING)


def logs_wish(header: Header) -> FetchLogs:
    return FetchLogs(header.hash, header.number, WANTED)


class World:
    """A chain 0..5 with logs, a fork 4'..6', and a clock that has committed up to block 3."""

    def __init__(self, *, known: int = 4) -> None:
        self.chain = ModelChain()
        for _ in range(5):
            self.chain.mine(1)
        self.old = list(self.chain.canonical)
        self.clock = BlockClock(WANTED, self.old[:known], quiet_seconds=30)

    def fork(self, depth: int = 2, length: int = 3) -> list[Header]:
        return self.chain.fork(depth, [1] * length)

    def committed(self, header: Header, observed_at: float = 1.0) -> Committed:
        return Committed(Block(header, self.chain.logs[header.hash], observed_at))

    def logs(self, header: Header) -> tuple[Log, ...]:
        return self.chain.logs[header.hash]


def test_a_header_alone_closes_nothing_its_logs_do() -> None:
    world = World()
    block = world.old[4]
    assert world.clock.header_seen(block, 1.0) == [logs_wish(block)]
    assert (world.clock.state, world.clock.tip) == (ClockState.CLOSING, world.old[3])
    assert world.clock.logs_found(logs_wish(block), world.logs(block)) == [world.committed(block)]
    assert (world.clock.state, world.clock.tip) == (ClockState.FOLLOWING, block)


def test_logs_before_their_header_are_checked_when_the_answer_comes() -> None:
    world = World()
    block = world.old[4]
    assert world.clock.log_seen(world.logs(block)[0]) == []
    world.clock.header_seen(block, 1.0)
    assert world.clock.logs_found(logs_wish(block), world.logs(block)) == [world.committed(block)]
    assert world.clock.log_seen(world.logs(block)[0]) == []


def test_blocks_are_committed_in_order_whatever_the_order_of_the_answers() -> None:
    world = World()
    fourth, fifth = world.old[4], world.old[5]
    world.clock.header_seen(fourth, 1.0)
    assert world.clock.header_seen(fifth, 2.0) == [logs_wish(fifth)]
    assert world.clock.logs_found(logs_wish(fifth), world.logs(fifth)) == []
    assert world.clock.logs_found(logs_wish(fourth), world.logs(fourth)) == [
        world.committed(fourth, 1.0),
        world.committed(fifth, 2.0),
    ]


def test_without_interests_a_header_is_enough() -> None:
    world = World()
    clock = BlockClock(LogFilter([]), world.old[:4])
    assert clock.header_seen(world.old[4], 1.0) == [Committed(Block(world.old[4], (), 1.0))]


def test_without_history_the_first_header_begins_the_chain() -> None:
    world = World()
    clock = BlockClock(WANTED)
    assert clock.state is ClockState.EMPTY
    assert clock.header_seen(world.old[3], 1.0) == [logs_wish(world.old[3])]
    assert clock.logs_found(logs_wish(world.old[3]), world.logs(world.old[3])) == [world.committed(world.old[3])]


def test_a_gap_is_confirmed_filled_by_a_range_and_committed_in_order() -> None:
    world = World(known=2)
    head = world.old[5]
    assert world.clock.header_seen(head, 1.0) == [FetchHeaderAt(5)]
    span = FetchRange(2, 4, WANTED)
    assert world.clock.header_at(FetchHeaderAt(5), head, 1.0) == [span]
    assert world.clock.state is ClockState.LINKING
    blocks = [(header, world.logs(header)) for header in world.old[2:5]]
    assert world.clock.range_found(span, blocks, 2.0) == [
        *[world.committed(header, 2.0) for header in world.old[2:5]],
        logs_wish(head),
    ]
    assert world.clock.logs_found(logs_wish(head), world.logs(head)) == [world.committed(head, 1.0)]


def test_a_large_gap_is_filled_piece_by_piece() -> None:
    world = World(known=1)
    clock = BlockClock(WANTED, world.old[:1], range_blocks=2)
    clock.header_seen(world.old[5], 1.0)
    asked = clock.header_at(FetchHeaderAt(5), world.old[5], 1.0)
    assert asked == [FetchRange(1, 2, WANTED)]
    pieces = [(header, world.logs(header)) for header in world.old]
    outputs = clock.range_found(FetchRange(1, 2, WANTED), pieces[1:3], 2.0)
    assert outputs[-1] == FetchRange(3, 4, WANTED)
    assert clock.tip == world.old[2]


def test_ranges_do_not_overlap_and_blocks_that_came_another_way_are_not_committed_twice() -> None:
    world = World(known=2)
    third, fourth, head = world.old[3], world.old[4], world.old[5]
    world.clock.header_seen(third, 1.0)
    span = FetchRange(2, 2, WANTED)
    assert world.clock.header_at(FetchHeaderAt(3), third, 1.0) == [span]
    world.clock.header_seen(head, 1.0)
    assert world.clock.header_at(FetchHeaderAt(5), head, 1.0) == []
    wider = FetchRange(3, 4, WANTED)
    outputs = world.clock.range_found(span, [(world.old[2], world.logs(world.old[2]))], 2.0)
    assert outputs == [world.committed(world.old[2], 2.0), wider]
    blocks = [(header, world.logs(header)) for header in (third, fourth)]
    outputs = world.clock.range_found(wider, blocks, 3.0)
    assert [type(output) for output in outputs] == [Committed, Committed, FetchLogs]
    assert world.clock.range_found(wider, blocks, 4.0) == []


def test_a_range_that_overlaps_what_was_committed_meanwhile_adds_only_the_rest() -> None:
    world = World(known=2)
    tip, second, head = world.old[1], world.old[2], world.old[5]
    world.clock.header_seen(head, 1.0)
    (span,) = world.clock.header_at(FetchHeaderAt(5), head, 1.0)
    assert world.clock.header_seen(tip, 1.0) == [FetchHeaderAt(1)]
    assert world.clock.header_at(FetchHeaderAt(1), tip, 1.0) == []
    world.clock.header_seen(second, 1.0)
    assert world.clock.logs_found(logs_wish(second), world.logs(second)) == [world.committed(second)]
    assert world.clock.tick(1.5) == [FetchHead()]
    assert world.clock.head_found(head, 1.6) == [FetchHeaderAt(5)]
    assert world.clock.header_at(FetchHeaderAt(5), head, 1.7) == []
    assert isinstance(span, FetchRange)
    blocks = [(header, world.logs(header)) for header in world.old[2:5]]
    assert world.clock.range_found(span, blocks, 2.0) == [
        *[world.committed(header, 2.0) for header in world.old[3:5]],
        logs_wish(head),
    ]


def test_a_target_that_forks_off_below_what_a_range_shows_to_be_canonical_is_dropped() -> None:
    world = World()
    fourth, fifth = world.old[4], world.old[5]
    world.clock.header_seen(fifth, 1.0)
    assert world.clock.header_at(FetchHeaderAt(5), fifth, 1.0) == [FetchRange(4, 4, WANTED)]
    assert logs_wish(fifth) in world.clock.header_seen(fourth, 1.0)
    (other, *_) = world.fork(2, 1)
    outputs = world.clock.range_found(FetchRange(4, 4, WANTED), [(other, world.logs(other))], 2.0)
    assert outputs == [world.committed(other, 2.0), FetchHead()]
    assert world.clock.state is ClockState.FOLLOWING


def test_a_straggler_below_the_target_does_not_take_its_place() -> None:
    world = World(known=2)
    head, third = world.old[5], world.old[3]
    world.clock.header_seen(head, 1.0)
    (span,) = world.clock.header_at(FetchHeaderAt(5), head, 1.0)
    assert world.clock.header_seen(third, 1.0) == [FetchHeaderAt(3)]
    assert world.clock.header_at(FetchHeaderAt(3), third, 1.0) == []
    assert isinstance(span, FetchRange)
    outputs = world.clock.range_found(span, [(header, world.logs(header)) for header in world.old[2:5]], 2.0)
    assert outputs[-1] == logs_wish(head)


def test_an_ancestor_the_node_does_not_know_makes_the_clock_confirm_what_it_follows() -> None:
    world = World(known=6)
    _, five, six = world.fork()
    world.clock.header_seen(six, 1.0)
    world.clock.header_at(FetchHeaderAt(6), six, 1.0)
    assert world.clock.header_found(FetchHeader(five.hash), None, 1.0) == [FetchHeaderAt(6)]
    assert world.clock.header_at(FetchHeaderAt(6), six, 1.0) == []
    assert world.clock.tick(2.0) == [FetchHeader(five.hash)]


def test_a_fork_is_walked_back_to_the_common_ancestor_then_reverted_and_committed() -> None:
    world = World(known=6)
    four, five, six = world.fork()
    assert world.clock.header_seen(six, 1.0) == [FetchHeaderAt(6)]
    assert world.clock.header_at(FetchHeaderAt(6), six, 1.0) == [FetchHeader(five.hash)]
    assert world.clock.header_found(FetchHeader(five.hash), five, 1.5) == [FetchHeader(four.hash)]
    assert world.clock.header_found(FetchHeader(four.hash), four, 1.6) == [logs_wish(x) for x in (four, five, six)]
    assert world.clock.logs_found(logs_wish(five), world.logs(five)) == []
    assert world.clock.logs_found(logs_wish(four), world.logs(four)) == [
        Reverted((world.old[5], world.old[4])),
        world.committed(four, 1.6),
        world.committed(five, 1.5),
    ]
    assert world.clock.logs_found(logs_wish(six), world.logs(six)) == [world.committed(six, 1.0)]


def test_a_straggler_of_an_abandoned_fork_is_not_followed() -> None:
    world = World(known=6)
    stale = world.old[5]
    four, five, six = world.fork()
    clock = BlockClock(WANTED, [*world.old[:4], four, five, six])
    assert clock.header_seen(stale, 1.0) == [FetchHeaderAt(5)]
    assert clock.header_at(FetchHeaderAt(5), five, 1.0) == []
    assert (clock.state, clock.tip) == (ClockState.FOLLOWING, six)


def test_a_reorg_of_the_allowed_depth_is_followed_and_a_deeper_one_stops_the_process() -> None:
    for depth, allowed in ((3, True), (4, False)):
        world = World(known=6)
        clock = BlockClock(WANTED, world.old, reorg_depth=3)
        new = world.fork(depth, depth + 1)
        assert clock.header_seen(new[-1], 1.0) == [FetchHeaderAt(6)]
        outputs = clock.header_at(FetchHeaderAt(6), new[-1], 1.0)
        try:
            while isinstance(outputs[0], FetchHeader):
                outputs = clock.header_found(outputs[0], world.chain.by_hash[outputs[0].hash], 1.0)
        except StopProcess as error:
            outcome: object = error.code
            with pytest.raises(StopProcess):
                clock.tick(2.0)
        else:
            outcome = outputs
        assert outcome == ([logs_wish(header) for header in new] if allowed else "CHAIN_REORG_TOO_DEEP")


def test_a_reorg_below_the_known_history_stops_the_process() -> None:
    world = World(known=6)
    clock = BlockClock(WANTED, world.old[5:])
    new = world.fork(1, 2)
    clock.header_seen(new[1], 1.0)
    with pytest.raises(StopProcess) as caught:
        clock.header_at(FetchHeaderAt(6), new[1], 1.0)
    assert caught.value.code == "CHAIN_REORG_TOO_DEEP"


def diverge_missing(world: World) -> None:
    block = world.old[4]
    world.clock.log_seen(make_log(block, 9))
    world.clock.header_seen(block, 1.0)
    world.clock.logs_found(logs_wish(block), world.logs(block))


def diverge_late(world: World) -> None:
    block = world.old[4]
    world.clock.header_seen(block, 1.0)
    world.clock.logs_found(logs_wish(block), world.logs(block))
    world.clock.log_seen(make_log(block, 9))


def diverge_while_waiting(world: World) -> None:
    world.clock.header_seen(world.old[4], 1.0)
    world.clock.header_seen(world.old[5], 1.0)
    world.clock.logs_found(logs_wish(world.old[5]), world.logs(world.old[5]))
    world.clock.log_seen(make_log(world.old[5], 9))


@pytest.mark.parametrize("happen", [diverge_missing, diverge_late, diverge_while_waiting])
def test_a_delivered_log_that_getlogs_does_not_have_is_a_divergence(happen: Callable[[World], None]) -> None:
    world = World()
    with pytest.raises(StopProcess) as caught:
        happen(world)
    assert caught.value.code == "CHAIN_LOG_DIVERGED"
    assert world.clock.state is ClockState.HALTED


def test_a_removed_log_is_no_divergence_and_makes_the_clock_look_at_the_head() -> None:
    world = World()
    block = world.old[4]
    phantom = make_log(block, 9)
    world.clock.log_seen(phantom)
    world.clock.log_seen(phantom, removed=True)
    world.clock.header_seen(block, 1.0)
    assert world.clock.logs_found(logs_wish(block), world.logs(block)) == [world.committed(block)]
    assert world.clock.log_seen(world.logs(block)[0], removed=True) == [FetchHead()]


def test_logs_nobody_wants_are_ignored() -> None:
    world = World()
    block = world.old[4]
    world.clock.log_seen(make_log(block, 9, OTHER_TOPIC))
    world.clock.header_seen(block, 1.0)
    assert world.clock.logs_found(logs_wish(block), world.logs(block)) == [world.committed(block)]
    assert world.clock.log_seen(make_log(block, 9, OTHER_TOPIC)) == []


def test_changed_interests_apply_to_blocks_not_yet_closed() -> None:
    world = World()
    block = world.old[4]
    world.clock.header_seen(block, 1.0)
    wider = LogFilter([LogInterest(None, frozenset({TOPIC, OTHER_TOPIC}))])
    again = FetchLogs(block.hash, 4, wider)
    assert world.clock.set_wanted(wider) == [again]
    assert world.clock.logs_found(logs_wish(block), world.logs(block)) == []
    both = (*world.logs(block), make_log(block, 5, OTHER_TOPIC))
    assert world.clock.logs_found(again, both) == [Committed(Block(block, both, 1.0))]


def wrong_header_at(world: World) -> None:
    world.clock.header_seen(world.chain.mine(0), 1.0)
    world.clock.header_at(FetchHeaderAt(6), world.old[5], 1.0)


def wrong_header_found(world: World) -> None:
    new = world.fork()
    clock = world.clock = BlockClock(WANTED, world.old)
    clock.header_seen(new[2], 1.0)
    clock.header_at(FetchHeaderAt(6), new[2], 1.0)
    clock.header_found(FetchHeader(new[1].hash), new[0], 1.0)


def wrong_logs(world: World) -> None:
    world.clock.header_seen(world.old[4], 1.0)
    world.clock.logs_found(logs_wish(world.old[4]), world.logs(world.old[5]))


def wrong_number(world: World) -> None:
    good = world.old[4]
    bad = Header(9, good.hash, good.parent_hash, 0, good.base_fee, 0, 0, good.coinbase)
    world.clock.header_seen(bad, 1.0)


@pytest.mark.parametrize("happen", [wrong_header_at, wrong_header_found, wrong_logs, wrong_number])
def test_a_node_that_answers_something_else_stops_the_process(happen: Callable[[World], None]) -> None:
    world = World()
    with pytest.raises(StopProcess) as caught:
        happen(world)
    assert caught.value.code == "CHAIN_INCONSISTENT"


def test_what_failed_is_wished_for_again_at_the_tick_and_not_before() -> None:
    world = World()
    block = world.old[4]
    world.clock.header_seen(block, 1.0)
    assert world.clock.failed(logs_wish(block)) == []
    assert world.clock.header_seen(block, 1.0) == []
    assert world.clock.tick(2.0) == [logs_wish(block)]
    assert world.clock.tick(3.0) == []


def test_a_silent_node_is_asked_for_its_head() -> None:
    world = World()
    assert world.clock.tick(100.0) == []
    assert world.clock.tick(129.0) == []
    assert world.clock.tick(130.0) == [FetchHead()]
    assert world.clock.failed(FetchHead()) == []
    assert world.clock.tick(131.0) == [FetchHead()]
    assert world.clock.head_found(world.old[3], 131.5) == []
    assert world.clock.tick(132.0) == []
    assert world.clock.tick(133.0) == [FetchHead()]
    world.clock.head_found(world.old[3], 134.0)
    world.clock.header_seen(world.old[3], 135.0)
    assert world.clock.tick(164.0) == []
    assert world.clock.tick(165.0) == [FetchHead()]


def test_logs_of_a_block_nobody_announced_make_the_clock_look_at_the_head_once() -> None:
    world = World()
    world.clock.log_seen(world.logs(world.old[4])[0])
    assert world.clock.tick(1.0) == [FetchHead()]
    world.clock.head_found(world.old[3], 1.0)
    assert world.clock.tick(2.0) == []


def test_a_block_the_node_does_not_know_any_more_is_given_up_for_what_it_has_now() -> None:
    world = World()
    block = world.old[4]
    world.clock.header_seen(block, 1.0)
    assert world.clock.logs_found(logs_wish(block), None) == [FetchHeaderAt(4)]
    (four, *_) = world.fork(2, 1)
    assert world.clock.header_at(FetchHeaderAt(4), four, 2.0) == [logs_wish(four)]
    assert world.clock.logs_found(logs_wish(four), world.logs(four)) == [world.committed(four, 2.0)]


# The transition table. Each state is entered afresh; each input is then given once.


def in_empty() -> World:
    world = World()
    world.clock = BlockClock(WANTED)
    return world


def in_following() -> World:
    return World()


def in_linking() -> World:
    world = World(known=3)
    world.clock.header_seen(world.old[5], 1.0)
    world.clock.header_at(FetchHeaderAt(5), world.old[5], 1.0)
    return world


def in_closing() -> World:
    world = World()
    world.clock.header_seen(world.old[4], 1.0)
    return world


def in_halted() -> World:
    world = World()
    with pytest.raises(StopProcess):
        diverge_late(world)
    return world


STATES = {
    ClockState.EMPTY: in_empty,
    ClockState.FOLLOWING: in_following,
    ClockState.LINKING: in_linking,
    ClockState.CLOSING: in_closing,
    ClockState.HALTED: in_halted,
}
SPAN = FetchRange(3, 4, WANTED)
INPUTS: dict[str, Callable[[World], list[Output]]] = {
    "next header": lambda w: w.clock.header_seen(w.old[4], 2.0),
    "known header": lambda w: w.clock.header_seen(w.old[2], 2.0),
    "far header": lambda w: w.clock.header_seen(w.old[5], 2.0),
    "range": lambda w: w.clock.range_found(SPAN, [(h, w.logs(h)) for h in w.old[3:5]], 2.0),
    "no range": lambda w: w.clock.range_found(SPAN, None, 2.0),
    "broken range": lambda w: w.clock.range_found(SPAN, [(w.old[4], ()), (w.old[3], ())], 2.0),
    "logs": lambda w: w.clock.logs_found(logs_wish(w.old[4]), w.logs(w.old[4])),
    "no logs": lambda w: w.clock.logs_found(logs_wish(w.old[4]), None),
    "unasked header": lambda w: w.clock.header_found(FetchHeader(w.old[4].hash), w.old[4], 2.0),
    "unasked header at": lambda w: w.clock.header_at(FetchHeaderAt(4), w.old[4], 2.0),
    "log": lambda w: w.clock.log_seen(w.logs(w.old[4])[0]),
    "removed log": lambda w: w.clock.log_seen(w.logs(w.old[4])[0], removed=True),
    "failure": lambda w: w.clock.failed(logs_wish(w.old[4])),
    "known head": lambda w: w.clock.head_found(w.old[2], 2.0),
    "next head": lambda w: w.clock.head_found(w.old[4], 2.0),
    "tick": lambda w: w.clock.tick(2.0),
    "interests": lambda w: w.clock.set_wanted(LogFilter(EVERYTHING)),
    "no interests": lambda w: w.clock.set_wanted(LogFilter([])),
}
MOVES = {
    (ClockState.EMPTY, "next header"): ClockState.CLOSING,
    (ClockState.EMPTY, "known header"): ClockState.CLOSING,
    (ClockState.EMPTY, "far header"): ClockState.CLOSING,
    (ClockState.EMPTY, "known head"): ClockState.CLOSING,
    (ClockState.EMPTY, "next head"): ClockState.CLOSING,
    (ClockState.FOLLOWING, "next head"): ClockState.CLOSING,
    (ClockState.FOLLOWING, "next header"): ClockState.CLOSING,
    (ClockState.LINKING, "range"): ClockState.CLOSING,
    (ClockState.LINKING, "next header"): ClockState.LINKING,
    (ClockState.CLOSING, "logs"): ClockState.FOLLOWING,
    (ClockState.CLOSING, "no interests"): ClockState.FOLLOWING,
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", INPUTS)
def test_every_state_answers_every_input_as_the_table_says(state: ClockState, name: str) -> None:
    world = STATES[state]()
    assert world.clock.state is state
    if state is ClockState.HALTED:
        with pytest.raises(StopProcess):
            INPUTS[name](world)
    else:
        INPUTS[name](world)
    assert world.clock.state is MOVES.get((state, name), state)


class Walk:
    """A node, a clock, and a line between them that delays, reorders, repeats and loses what is announced."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.chain = ModelChain()
        self.chain.mine(1)
        self.clock = BlockClock(
            WANTED,
            list(self.chain.canonical),
            reorg_depth=500,
            range_blocks=self.dice.choice([1, 3, 50]),
            quiet_seconds=5,
        )
        self.now = 0.0
        self.line: list[Header | Log | tuple[Log, str]] = []
        self.wishes: list[Wish] = []
        self.applied: list[Header] = list(self.chain.canonical)

    def take(self, outputs: list[Output]) -> None:
        gone = {header.hash for output in outputs if isinstance(output, Reverted) for header in output.headers}
        for output in outputs:
            if isinstance(output, Committed):
                header = output.block.header
                assert header.parent_hash == self.applied[-1].hash
                assert output.block.logs == self.chain.logs[header.hash]
                assert header.hash not in gone
                self.applied.append(header)
            elif isinstance(output, Reverted):
                for header in output.headers:
                    assert self.applied.pop() == header
            else:
                self.wishes.append(output)

    def announce(self, headers: list[Header], removed: list[Header]) -> None:
        news: list[Header | Log | tuple[Log, str]] = []
        for header in removed:
            news += [(log, "removed") for log in self.chain.logs[header.hash] if self.dice.random() < 0.5]
        for header in headers:
            own: list[Header | Log | tuple[Log, str]] = [header, *self.chain.logs[header.hash]]
            self.dice.shuffle(own)
            news += [item for item in own if self.dice.random() < 0.8]
        if news and self.dice.random() < 0.2:
            news.append(self.dice.choice(news))
        if self.dice.random() < 0.3:
            self.dice.shuffle(news)
        self.line += news

    def deliver(self) -> None:
        if not self.line:
            return
        far = self.dice.random() < 0.15
        item = self.line.pop(self.dice.randrange(len(self.line)) if far else 0)
        if isinstance(item, Header):
            self.take(self.clock.header_seen(item, self.now))
        elif isinstance(item, Log):
            self.take(self.clock.log_seen(item))
        else:
            self.take(self.clock.log_seen(item[0], removed=True))

    def fulfil(self, *, failing: bool) -> None:
        if not self.wishes:
            return
        wish = self.wishes.pop(self.dice.randrange(len(self.wishes)))
        if failing and self.dice.random() < 0.15:
            self.take(self.clock.failed(wish))
            return
        clock, chain, now = self.clock, self.chain, self.now
        if isinstance(wish, FetchHead):
            self.take(clock.head_found(chain.head, now))
        elif isinstance(wish, FetchHeaderAt):
            self.take(clock.header_at(wish, chain.at(wish.number), now))
        elif isinstance(wish, FetchHeader):
            known = self.knows(wish.hash)
            self.take(clock.header_found(wish, chain.by_hash[wish.hash] if known else None, now))
        elif isinstance(wish, FetchLogs):
            self.take(clock.logs_found(wish, chain.logs[wish.hash] if self.knows(wish.hash) else None))
        else:
            headers = [chain.at(number) for number in range(wish.first, wish.last + 1)]
            blocks = [(header, chain.logs[header.hash]) for header in headers if header is not None]
            self.take(clock.range_found(wish, blocks if len(blocks) == len(headers) else None, now))

    def knows(self, block: Hash32) -> bool:
        """Nodes know their canonical blocks; of others they know some."""
        return self.chain.by_hash[block] in self.chain.canonical or self.dice.random() < 0.5

    def step(self) -> None:
        self.now += self.dice.random()
        choice = self.dice.random()
        if choice < 0.2:
            self.announce([self.chain.mine(self.dice.randrange(3)) for _ in range(self.dice.choice([1, 1, 1, 4]))], [])
        elif choice < 0.27:
            depth = self.dice.randrange(1, 6)
            old = self.chain.canonical[max(1, len(self.chain.canonical) - depth) :]
            length = self.dice.randrange(1, 8)
            self.announce(self.chain.fork(depth, [self.dice.randrange(3) for _ in range(length)]), old)
        elif choice < 0.6:
            self.deliver()
        elif choice < 0.95:
            self.fulfil(failing=True)
        else:
            self.take(self.clock.tick(self.now))

    def settle(self) -> None:
        """The node falls quiet, the line is emptied, and time passes."""
        self.chain.mine(1)
        for _ in range(4):
            while self.line:
                self.deliver()
            for _ in range(10_000):
                if not self.wishes:
                    break
                self.fulfil(failing=False)
            assert not self.wishes
            self.now += 10
            self.take(self.clock.tick(self.now))
        while self.wishes:
            self.fulfil(failing=False)


@given(seed=st.integers(0, 2**32), steps=st.integers(1, 150))
def test_random_walks_always_end_on_the_nodes_chain(seed: int, steps: int) -> None:
    walk = Walk(seed)
    for _ in range(steps):
        walk.step()
    walk.settle()
    assert walk.applied == walk.chain.canonical
    assert walk.clock.state is ClockState.FOLLOWING
