"""A server between a client and a JSON-RPC server that passes everything on, and may change what it is answered."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from tests.support.bad_nodes import HttpNode

Json = Any
Alter = Callable[[Json, Json], Json]
"""From a request and its answer to the answer that is passed on."""

_PASSED_ON = ("Content-Type", "X-Flashbots-Signature")


@asynccontextmanager
async def go_between(url: str, alter: Alter) -> AsyncIterator[str]:
    """The URL of a server in front of ``url``; batches are altered request by request."""

    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        async with session.post(url, data=body, headers=headers) as response:
            said, status = orjson.loads(await response.read()), response.status
        asked = orjson.loads(body)
        if isinstance(asked, list):
            by_id = {answer["id"]: answer for answer in said}
            altered: Json = [alter(each, by_id[each["id"]]) for each in asked]
        else:
            altered = alter(asked, said)
        return web.Response(status=status, body=orjson.dumps(altered), content_type="application/json")

    async with aiohttp.ClientSession() as session, HttpNode(handle) as server:
        yield server.url


def refusing(*methods: str) -> Alter:
    """A node that has never heard of some methods."""

    def alter(asked: Json, answer: Json) -> Json:
        if asked["method"] not in methods:
            return answer
        error = {"code": -32601, "message": f"the method {asked['method']} does not exist/is not available"}
        return {"jsonrpc": "2.0", "id": asked["id"], "error": error}

    return alter
