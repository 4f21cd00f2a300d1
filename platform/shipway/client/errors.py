"""What can become of a call of the client::

ClientError              a ShipwayError
 ├─ BadRequest           nothing was sent: the call itself cannot be meant
 ├─ ServerUnreachable    nobody answers at this address
 ├─ ServerSilent         no answer in time
 ├─ BadAnswer            an answer that is not of a model server
 ├─ NotReadyInTime       the model did not become available
 └─ ServerSaid           the server's own sentence, in `sentence`, under `status`
     ├─ ServerRefused    4xx: sent again, it would be refused again
     ├─ ServerBusy       429, 503: too much to do, or not ready; it was tried again and stayed so
     └─ ServerFailed     every other 5xx
"""

from __future__ import annotations

from shipway.errors import ShipwayError, in_one_line

BUSY = (429, 503)


class ClientError(ShipwayError):
    """A call that brought no answer."""


class BadRequest(ClientError):
    """The call cannot be meant; nothing was sent."""


class ServerUnreachable(ClientError):
    """No connection, or one that broke."""

    def __init__(self, url: str, tries: int, error: Exception) -> None:
        tried = "" if tries == 1 else f", tried {tries} times"
        super().__init__(
            f"Nobody answers at {url} ({in_one_line(error)}{tried}): check the address, and that the server runs."
        )


class ServerSilent(ClientError):
    """The answer did not come in time."""

    def __init__(self, url: str, seconds: float) -> None:
        super().__init__(f"{url} did not answer within {seconds:g} s: send less at once, or give more time.")


class BadAnswer(ClientError):
    """Something answers, and it is no model server."""

    def __init__(self, url: str, status: int, problem: str) -> None:
        super().__init__(f"What answers at {url} (with {status}) is no model server: {problem}.")


class NotReadyInTime(ClientError):
    """The model did not become available."""

    def __init__(self, model: str, seconds: float, last: str) -> None:
        super().__init__(f"The model {model!r} was not available within {seconds:g} s; the last answer was: {last}")


class ServerSaid(ClientError):
    """An answer that is an error: `sentence` is the server's own."""

    def __init__(self, url: str, status: int, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(f"{url} answers {status}: {sentence}")
        self.url = url
        self.status = status
        self.sentence = sentence
        self.retry_after = retry_after


class ServerRefused(ServerSaid):
    """The request is wrong, or is not allowed."""


class ServerBusy(ServerSaid):
    """The server has too much to do, or is not ready."""


class ServerFailed(ServerSaid):
    """The server, or its model, is at fault."""


def error_of(url: str, status: int, sentence: str, retry_after: float | None) -> ServerSaid:
    """The error that a status means; the only place where statuses are mapped."""
    kind = ServerBusy if status in BUSY else ServerFailed if status >= 500 else ServerRefused
    return kind(url, status, sentence, retry_after)
