"""One chain for each module; every test leaves it as it found it."""

from collections.abc import Iterator

import pytest

from tests.devnet.contracts.bend import Bend, deploy_bend
from tests.devnet.contracts.para import Para, deploy_para
from tests.execution.contracts.chain import LocalChain, local_chain


@pytest.fixture(scope="module")
def chain() -> Iterator[LocalChain]:
    with local_chain() as chain:
        yield chain


@pytest.fixture(scope="module")
def deployed_bend(chain: LocalChain) -> Bend:
    return deploy_bend(chain)


@pytest.fixture
def bend(deployed_bend: Bend) -> Iterator[Bend]:
    with deployed_bend.chain.undone():
        yield deployed_bend


@pytest.fixture(scope="module")
def deployed_para(chain: LocalChain) -> Para:
    return deploy_para(chain)


@pytest.fixture
def para(deployed_para: Para) -> Iterator[Para]:
    with deployed_para.chain.undone():
        yield deployed_para
