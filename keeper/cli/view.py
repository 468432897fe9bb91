"""A look at the chain without an engine: the book as it is at the head."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from keeper.assembly.nodes import reading
from keeper.assembly.orders import learn_orders
from keeper.assembly.parts import make_adapters
from keeper.book import Book
from keeper.chain.reader import Reader
from keeper.cli.common import warn
from keeper.config import Configuration
from keeper.domain.blocks import Header
from keeper.domain.env import Env
from keeper.domain.units import ZERO_ADDRESS
from keeper.engine import Adapters
from keeper.engine.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class View:
    """The book as it is at one block, built from nothing, and the moment after it."""

    book: Book
    adapters: Adapters
    reader: Reader
    env: Env
    head: Header


@asynccontextmanager
async def view_of(configuration: Configuration) -> AsyncIterator[View]:
    """Build the book at the head, with the orders that the followed files hold by now. What is left out (a halted
    adapter, a broken order) is told on standard error."""
    chain = configuration.chain
    adapters = make_adapters(configuration)
    async with reading(configuration) as reader:
        head = await reader.block("latest")
        knowledge = Knowledge(Book(chain.reorg_depth_blocks), adapters, reader)
        who = chain.executor if chain.executor is not None else ZERO_ADDRESS
        await knowledge.learn_history(head, who)
        for error in (*adapters.halted.values(), *learn_orders(adapters, knowledge.book)):
            warn(error)
        env = Env.after(head, knowledge.book, who, chain.block_seconds)
        yield View(knowledge.book, adapters, reader, env, head)
