"""A web3 provider on our clients, so that ``AsyncWeb3`` and its contracts work above them."""

from typing import Any

from web3 import AsyncWeb3
from web3.providers.async_base import AsyncBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from keeper.chain.rpc import NodeUnavailable, RpcClient, RpcRefused


class ClientProvider(AsyncBaseProvider):
    """Passes web3's requests to a client. What the node refuses becomes web3's error; the rest is raised as it is."""

    def __init__(self, client: RpcClient) -> None:
        super().__init__()
        self._client = client

    async def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:  # noqa: ANN401 - web3's signature
        """One request, answered in web3's form."""
        try:
            return {"jsonrpc": "2.0", "id": 0, "result": await self._client.call(method, *params)}
        except RpcRefused as refused:
            data = "0x" + refused.data.hex() if refused.data else None
            return {
                "jsonrpc": "2.0",
                "id": 0,
                "error": {"code": refused.rpc_code, "message": refused.message, "data": data},  # type: ignore[typeddict-item] # web3 declares str
            }

    async def is_connected(self, show_traceback: bool = False) -> bool:  # noqa: ARG002 - web3's signature
        """Whether the node answers."""
        try:
            await self._client.call("eth_chainId")
        except NodeUnavailable:
            return False
        return True


def web3_on(client: RpcClient) -> AsyncWeb3:
    """``AsyncWeb3`` over one of our clients; without middleware that would ask ENS."""
    web3 = AsyncWeb3(ClientProvider(client))
    web3.ens = None  # names are never looked up
    return web3
