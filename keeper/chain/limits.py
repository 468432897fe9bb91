"""Rate limits per endpoint."""

from contextlib import AbstractAsyncContextManager, nullcontext

from asyncio_throttle.throttler import Throttler

from keeper.chain.rpc import Endpoint


class Limiter:
    """Waits until an endpoint's limit allows one more request; endpoints without a limit never wait."""

    def __init__(self, endpoint: Endpoint) -> None:
        rate = endpoint.requests_per_second
        self._throttler = None
        if rate is not None:
            # The package counts whole requests per period, so slow limits get a longer period.
            limit, period = (int(rate), int(rate) / rate) if rate >= 1 else (1, 1 / rate)
            self._throttler = Throttler(rate_limit=limit, period=period, retry_interval=0.002)

    def one(self) -> AbstractAsyncContextManager[None]:
        """A context that is entered when the request may be sent."""
        return nullcontext() if self._throttler is None else self._throttler
