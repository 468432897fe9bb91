"""The committed chain."""

from keeper.chain.canon import Canon, Closed
from keeper.chain.interests import LogFilter
from keeper.domain.blocks import LogInterest
from tests.support.model_chain import EVERYTHING, OTHER_TOPIC, TOPIC, ModelChain, make_log

WANTED = LogFilter(EVERYTHING)


def test_it_remembers_as_many_blocks_as_a_reorg_may_replace_and_their_ancestor() -> None:
    chain = ModelChain()
    headers = [chain.head, *(chain.mine(1) for _ in range(9))]
    canon = Canon(headers[:6], WANTED, depth=3)
    assert canon.oldest == headers[2]
    for header in headers[6:]:
        canon.append(Closed(header, frozenset(), WANTED))
    assert (canon.oldest, canon.tip) == (headers[6], headers[9])
    assert canon.revert_to(headers[6].hash) == (headers[9], headers[8], headers[7])
    assert canon.tip == headers[6]
    assert headers[7].hash not in canon


def test_a_closed_block_is_contradicted_only_by_a_log_it_should_have_had() -> None:
    chain = ModelChain()
    header = chain.mine(1)
    closed = Closed(header, frozenset(chain.logs[header.hash]), WANTED)
    assert not closed.contradicts(chain.logs[header.hash][0])
    assert closed.contradicts(make_log(header, 7))
    assert not closed.contradicts(make_log(header, 7, OTHER_TOPIC))
    assert not Closed(header, None, WANTED).contradicts(make_log(header, 7))


def test_selected_logs_are_in_the_chains_order_and_each_comes_once() -> None:
    chain = ModelChain()
    first, second = chain.mine(2), chain.mine(2)
    logs = [*chain.logs[second.hash], *reversed(chain.logs[first.hash]), *chain.logs[second.hash]]
    assert WANTED.select(logs) == chain.logs[first.hash] + chain.logs[second.hash]
    assert LogFilter([LogInterest(frozenset(), frozenset({TOPIC}))]).select(logs) == ()
