"""Callers who send too much before anything is asked of them, or too slowly, are sent away."""

import asyncio

import pytest

from shipway.serving.addresses import bind
from shipway.serving.rest.listener import RestListener

HEAD = b"POST /v1/models/m:predict HTTP/1.1\r\nhost: here\r\n"
PIECE = b"a" * 20_000


async def answering(scope, receive, send):
    """Takes the whole body and says how long it was."""
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        if not message.get("more_body"):
            break
    body = b"%d" % size
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


def talk(*pieces: bytes, pause: float = 0.02, seconds_to_send: float = 30.0) -> bytes:
    """What a server answers to pieces that come one by one, until it closes or a moment after the last."""

    async def scenario() -> bytes:
        socket = bind("127.0.0.1", -1, "rest_api_port")
        listener = RestListener(answering, socket, None, 1.0, seconds_to_send)
        await listener.start()
        reader, writer = await asyncio.open_connection(*socket.getsockname())
        answer = b""

        async def read() -> None:
            nonlocal answer
            while piece := await reader.read(1000):
                answer += piece

        reading = asyncio.create_task(read())
        for piece in pieces:
            if not reading.done():
                writer.write(piece)
                await asyncio.sleep(pause)
        await asyncio.wait({reading}, timeout=0.25)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        writer.close()
        await listener.stop()
        return answer

    return asyncio.run(asyncio.wait_for(scenario(), 20))


@pytest.mark.parametrize(
    "pieces",
    [
        [HEAD, b"x-long: ", *[PIECE] * 5],
        [HEAD, *[b"x-%d: 1\r\n" % number for number in range(300)], b"\r\n"],
        [HEAD + b"".join(b"x-%d: 1\r\n" % number for number in range(300))],
        [HEAD + b"transfer-encoding: chunked\r\n\r\n", b"0\r\n", b"".join(b"x-%d: 1\r\n" % n for n in range(300))],
        [b"GET /", *[PIECE] * 5],
    ],
)
def test_a_head_that_does_not_end_is_refused(pieces):
    assert talk(*pieces, pause=0.002).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("pieces", [[], [HEAD], [HEAD + b"content-length: 9\r\n\r\n12345"]])
def test_a_request_that_does_not_come_is_given_up(pieces):
    answer = talk(*pieces, seconds_to_send=0.1)
    assert answer.startswith(b"HTTP/1.1 408 ") or (not pieces and answer == b"")


def test_large_bodies_and_long_heads_within_the_limits_are_taken():
    head = HEAD + b"content-length: 200000\r\n"
    answer = talk(head + b"x-long: " + PIECE, PIECE, b"\r\n\r\n", *[PIECE] * 10, pause=0.002)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"200000")


def test_a_connection_that_was_used_may_rest():
    request = HEAD + b"content-length: 2\r\n\r\n12"
    assert talk(request, request, request, pause=0.25, seconds_to_send=0.1).count(b"HTTP/1.1 200 ") == 3


@pytest.mark.parametrize("offer", [b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAM\r\n",
                                   b"upgrade: websocket\r\nconnection: upgrade\r\n"])  # fmt: skip
def test_an_offer_to_speak_another_protocol_is_not_taken_and_the_body_counts(offer):
    request = HEAD + offer + b"content-length: 9\r\n\r\n123456789"
    for pieces in ([request + request], [request[:-4], request[-4:] + request]):
        answers = talk(*pieces)
        assert answers.count(b"HTTP/1.1 200 ") == 2
        assert answers.endswith(b"9")
    assert talk(b"CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_who_hangs_up_is_noticed_by_all_its_requests():
    async def scenario():
        gone, both = [], asyncio.Event()

        async def waiting(scope, receive, send):
            if (await receive())["type"] != "http.disconnect" and (await receive())["type"] == "http.disconnect":
                gone.append(scope["path"])
                both.set()

        socket = bind("127.0.0.1", -1, "rest_api_port")
        listener = RestListener(waiting, socket, None, 1.0)
        await listener.start()
        _, writer = await asyncio.open_connection(*socket.getsockname())
        writer.write(b"GET /first HTTP/1.1\r\nhost: x\r\n\r\nGET /second HTTP/1.1\r\nhost: x\r\n\r\n")
        await asyncio.sleep(0.05)
        writer.close()
        try:
            await asyncio.wait_for(both.wait(), 2)
        finally:
            await listener.stop()
        assert gone == ["/first"]

    asyncio.run(scenario())
