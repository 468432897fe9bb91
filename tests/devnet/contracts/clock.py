"""Moving a chain's time; each step ends on a block, so that views see it."""

from tests.execution.contracts.chain import LocalChain


def now(chain: LocalChain) -> int:
    return int(chain.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)


def jump(chain: LocalChain, seconds: int) -> int:
    """An empty block so much later; its time."""
    time = now(chain) + seconds
    chain.rpc("evm_setNextBlockTimestamp", time)
    chain.rpc("evm_mine")
    return time


def at(chain: LocalChain, time: int) -> None:
    """The next block has exactly this time."""
    chain.rpc("evm_setNextBlockTimestamp", time)
