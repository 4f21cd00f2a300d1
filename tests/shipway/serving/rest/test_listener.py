"""Callers who send too much before anything is asked of them, or too slowly, are sent away."""

import asyncio

import pytest

from shipway.serving.addresses import bind
from shipway.serving.rest.http.limits import HttpLimits
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


def talk(
    *pieces: bytes, pause: float = 0.02, seconds_to_send: float = 30.0, app=None, admits=None, turn_away=None, **limits
) -> bytes:
    """What a server answers to pieces that come one by one, until it closes or a moment after the last."""

    async def scenario() -> bytes:
        socket = bind("127.0.0.1", -1, "rest_api_port")
        bounds = HttpLimits(seconds_to_send=seconds_to_send, **limits)
        chosen = {name: value for name, value in (("admits", admits), ("turn_away", turn_away)) if value is not None}
        listener = RestListener(app or answering, socket, None, 1.0, bounds, **chosen)
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


def test_who_is_turned_away_may_ask_again_and_those_before_him_are_answered_first():
    full = [False]

    def turn_away(path, headers):
        assert (path, (b"host", b"here") in headers) == (b"/v1/models/m:predict", True)
        return (429, b"content-length: 4\r\nretry-after: 1\r\n\r\nfull") if full[0] else None

    async def filling(scope, receive, send):
        full[0] = True
        await asyncio.sleep(0.01)
        await answering(scope, receive, send)

    request = HEAD + b"content-length: 2\r\n\r\n12"
    answers = talk(request + request, request, request, app=filling, turn_away=turn_away, pause=0.3)
    assert [answer[:3] for answer in answers.split(b"HTTP/1.1 ")[1:]] == [b"200", b"200", b"429", b"429"]
    assert answers.endswith(b"retry-after: 1\r\n\r\nfull")
    assert answers.count(b"\r\ndate: ") == 4


@pytest.mark.parametrize("head", [b"GET /v1/models/m HTTP/1.1\r\n", b"POST / HTTP/1.0\r\n",
                                  b"POST / HTTP/1.1\r\nconnection: close\r\n"])  # fmt: skip
def test_only_plain_posts_are_turned_away(head):
    answers = talk(head + b"content-length: 0\r\n\r\n", turn_away=lambda path, headers: (429, b"\r\n"))
    assert b" 200 OK\r\n" in answers


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


async def echoing(scope, receive, send):
    """Answers late what comes first, with the method, the path and the body."""
    body = (await receive())["body"]
    await asyncio.sleep(0.05 if b"slow" in scope["query_string"] else 0)
    answer = b"%b %b %b" % (scope["method"].encode(), scope["path"].encode(), body)
    headers = [(b"content-length", b"%d" % len(answer)), (b"x-fields", b"%d" % len(scope["headers"]))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


def bodies(answer: bytes) -> list[bytes]:
    return [part.partition(b"\r\n\r\n")[2] for part in answer.split(b"HTTP/1.1 ")[1:]]


def test_requests_that_come_together_are_answered_in_their_order():
    pieces = b"".join(b"GET /%d?%b HTTP/1.1\r\nhost: x\r\n\r\n" % (n, b"slow" if n == 0 else b"") for n in range(40))
    assert bodies(talk(pieces, app=echoing)) == [b"GET /%d " % number for number in range(40)]


def test_a_chunked_body_is_put_together_and_its_trailers_are_no_headers():
    chunks = b"3\r\nabc\r\n2\r\nde\r\n0\r\nx-trailer: 1\r\n\r\n"
    answer = talk(b"POST /%C3%A9 HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n", chunks, app=echoing)
    assert b"x-fields: 2\r\n" in answer
    assert answer.endswith("POST /é abcde".encode())


def test_a_head_is_answered_without_a_body_and_an_old_client_with_a_close():
    answer = talk(b"HEAD /x HTTP/1.1\r\nhost: x\r\n\r\n", app=echoing)
    assert b"content-length: 8\r\n" in answer
    assert bodies(answer) == [b""]
    assert b"connection: close\r\n" in talk(b"GET /x HTTP/1.0\r\n\r\n", app=echoing)
    kept = b"GET /x HTTP/1.0\r\nconnection: keep-alive\r\n\r\n"
    assert talk(kept, kept, app=echoing).count(b"connection: keep-alive\r\n") == 2


def test_who_waits_to_be_asked_for_a_body_is_asked():
    head = HEAD + b"expect: 100-continue\r\ncontent-length: 2\r\n\r\n"
    answer = talk(head, b"ab", app=echoing)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"POST /v1/models/m:predict ab")


def test_more_of_a_body_than_is_read_is_said_to_the_application_and_the_answer_can_be_read():
    answer = talk(HEAD + b"content-length: 900000\r\n\r\n", *[PIECE] * 45, pause=0.001, body_bytes=50_000)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in answer
    assert 50_000 < int(answer.rpartition(b"\n")[2]) < 900_000


def test_the_body_of_somebody_who_may_not_ask_is_not_read():
    def admits(headers):
        return (b"authorization", b"yes") in headers

    request = b"content-length: 200000\r\n\r\n"
    refused = talk(HEAD + request, *[PIECE] * 10, pause=0.002, admits=admits)
    assert int(refused.rpartition(b"\n")[2]) < 200_000
    admitted = talk(HEAD + b"authorization: yes\r\n" + request, *[PIECE] * 10, pause=0.002, admits=admits)
    assert admitted.endswith(b"200000")


def test_all_bodies_together_have_a_limit_too_and_what_was_answered_does_not_count():
    small = HEAD + b"content-length: 20000\r\n\r\n" + PIECE
    answers = talk(small, small, small, HEAD + b"content-length: 60000\r\n\r\n" + PIECE * 3, bodies_bytes=50_000)
    assert answers.count(b"HTTP/1.1 200 ") == 3
    assert b"HTTP/1.1 503 " in answers


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n",
        HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n",
        HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\nabc",
        HEAD + b"content-length: -1\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
        "GET /é HTTP/1.1\r\nhost: x\r\n\r\n".encode(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_not_http_is_refused_once_and_closed(request_bytes):
    answer = talk(request_bytes)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close\r\n" in answer
    assert answer.count(b"HTTP/1.1 4") == 1


def test_an_application_that_breaks_off_closes_the_connection(caplog):
    async def breaking(scope, receive, send):
        raise ValueError("a defect")

    assert talk(HEAD + b"content-length: 0\r\n\r\n", app=breaking) == b""
    assert "a defect" in caplog.text


def test_a_stopping_listener_answers_what_has_come_and_closes_what_rests():
    async def scenario():
        socket = bind("127.0.0.1", -1, "rest_api_port")
        listener = RestListener(echoing, socket, None, 5.0)
        await listener.start()
        resting, idle = await asyncio.open_connection(*socket.getsockname())
        reader, writer = await asyncio.open_connection(*socket.getsockname())
        writer.write(b"GET /last?slow HTTP/1.1\r\nhost: x\r\n\r\n")
        await asyncio.sleep(0.02)
        await listener.stop()
        assert await resting.read() == b""
        answer = await reader.read()
        assert answer.endswith(b"GET /last ")
        assert b"connection: close\r\n" in answer
        idle.close()
        writer.close()

    asyncio.run(scenario())


def test_a_request_that_was_on_its_way_when_the_server_was_stopped_is_answered():
    async def scenario():
        socket = bind("127.0.0.1", -1, "rest_api_port")
        listener = RestListener(echoing, socket, None, 5.0)
        await listener.start()
        reader, writer = await asyncio.open_connection(*socket.getsockname())
        stopping = asyncio.create_task(listener.stop())
        await asyncio.sleep(0.02)
        writer.write(b"GET /late HTTP/1.1\r\nhost: x\r\n\r\n")
        answer = await reader.read()
        assert answer.endswith(b"GET /late ")
        assert b"connection: close\r\n" in answer
        await asyncio.wait_for(stopping, 0.5)
        writer.close()

    asyncio.run(scenario())
