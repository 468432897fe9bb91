"""AsyncWeb3 above our own clients, against a real chain."""

import pytest
from eth_account import Account
from web3.datastructures import AttributeDict
from web3.exceptions import ContractLogicError

from keeper.chain.http_client import HttpClient
from keeper.chain.provider import web3_on
from keeper.chain.rpc import Endpoint, RpcClient
from keeper.chain.ws_client import WsClient
from keeper.devnet.anvil import Anvil

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
ANSWERER = "0x" + "44" * 20
ABI = [
    {
        "type": "function",
        "name": "answer",
        "inputs": [],
        "outputs": [{"type": "uint256", "name": ""}],
        "stateMutability": "view",
    }
]
RETURN_42 = "0x602a60005260206000f3"
REVERT = "0x60006000fd"


@pytest.mark.parametrize("kind", ["http", "ws"])
async def test_blocks_contracts_and_signed_transactions_work_through_web3(chain: Anvil, kind: str) -> None:
    await chain.rpc("anvil_setCode", ANSWERER, RETURN_42)
    client: RpcClient = HttpClient(Endpoint(chain.url)) if kind == "http" else WsClient(Endpoint(chain.ws_url))
    async with client:
        web3 = web3_on(client)
        assert await web3.is_connected()
        assert await web3.eth.chain_id == 31337
        contract = web3.eth.contract(address=web3.to_checksum_address(ANSWERER), abi=ABI)
        assert await contract.functions.answer().call() == 42
        account = Account.from_key(KEY)
        signed = account.sign_transaction(
            {
                "chainId": 31337,
                "nonce": await web3.eth.get_transaction_count(account.address),
                "to": "0x" + "11" * 20,
                "value": 7,
                "gas": 21_000,
                "maxFeePerGas": 3 * 10**9,
                "maxPriorityFeePerGas": 10**9,
            }
        )
        tx_hash = await web3.eth.send_raw_transaction(signed.rawTransaction)
        receipt = await web3.eth.wait_for_transaction_receipt(tx_hash, timeout=5, poll_latency=0.01)
        assert receipt["status"] == 1
        block = await web3.eth.get_block(receipt["blockNumber"], full_transactions=True)
        (transaction,) = block["transactions"]
        assert isinstance(transaction, dict | AttributeDict)
        assert transaction["value"] == 7
        await chain.rpc("anvil_setCode", ANSWERER, REVERT)
        with pytest.raises(ContractLogicError):
            await contract.functions.answer().call()


async def test_a_dead_node_is_not_connected() -> None:
    async with HttpClient(Endpoint("http://127.0.0.1:9")) as client:
        assert not await web3_on(client).is_connected()
