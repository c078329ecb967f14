from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from credbroker import BrokerUnreachableError
from credbroker.client_key import ClientKey
from credbroker.clock import SYSTEM, Clock
from credbroker.transport import Transport


class Trickle(httpx.SyncByteStream):
    """An answer that comes a byte a second, and never ends."""

    def __init__(self) -> None:
        self.seconds, self.closed = 0.0, False

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.seconds += 1
            yield b" "

    def close(self) -> None:
        self.closed = True


def transport(answer: httpx.Response, clock: Clock = SYSTEM) -> Transport:
    client = httpx.Client(transport=httpx.MockTransport(lambda _: answer))
    return Transport("https://broker.example", ClientKey.generate(), clock, client)


def test_an_answer_that_trickles_is_none() -> None:
    trickle = Trickle()
    clock = Clock(monotonic=lambda: trickle.seconds)
    with pytest.raises(BrokerUnreachableError, match="did not answer in time"):
        transport(httpx.Response(200, stream=trickle), clock).call("GET", "/v1/whoami", timeout=5)
    assert (trickle.seconds, trickle.closed) == (6, True)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(200, content=b"canary"),
        httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"canary")),
    ],
    ids=["too deep", "no text", "no JSON", "not what it says"],
)
def test_nonsense_is_no_answer_and_is_not_quoted(answer: httpx.Response) -> None:
    with pytest.raises(BrokerUnreachableError) as raised:
        transport(answer).call("GET", "/v1/whoami")
    assert "canary" not in str(raised.value)
