"""What can go wrong. Those of the extension module are raised by it, from here."""

from __future__ import annotations

from ._typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any


class TidingsError(Exception):
    """The base class of all errors of this package."""


class EventTooLarge(TidingsError, ValueError):
    """An event is larger than ``max_event_bytes``: the only error that the bytes of a stream can cause."""

    def __init__(self, message: str, position: int, max_event_bytes: int) -> None:
        super().__init__(message, position, max_event_bytes)
        self.position = position
        """The offset in the event stream of the first byte that found no room."""
        self.max_event_bytes = max_event_bytes
        """The limit."""

    def __str__(self) -> str:
        return str(self.args[0])


class InvalidName(TidingsError, ValueError):
    """An event type or ID has what would inject a line into the stream, or make the ID be ignored."""


class InvalidTopic(TidingsError, ValueError):
    """A topic or selector is empty, longer than 1024 bytes, or has a control character; or there are too many, or none."""


class PublishError(TidingsError, ValueError):
    """An event is larger than the hub takes, or its key is longer than 1024 bytes."""


class UnexpectedResponse(TidingsError):
    """A response is no event stream.

    The response is not closed, so that what it says can be read. An event source has read its beginning and closed it.
    """

    def __init__(self, message: str, response: Any) -> None:
        super().__init__(message)
        self.response = response
        """The response, as it was given."""
        self.body = b""
        """From an event source: the beginning of what it says, up to 64 KiB, as far as it came within 5 seconds."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Responses hold connections, which cannot be pickled. The message can.
        return (type(self)._without_response, (self.__dict__ | {"response": None}, *self.args))

    @classmethod
    def _without_response(cls, attributes: dict[str, Any], message: str) -> UnexpectedResponse:
        error = cls.__new__(cls, message)
        error.__dict__.update(attributes)
        return error


class UnexpectedStatus(UnexpectedResponse):
    """The status of a response is not 200."""

    def __init__(self, status: int, response: Any) -> None:
        super().__init__(f"status {status} instead of 200", response)
        self.status = status
        """The status."""


class UnexpectedContentType(UnexpectedResponse, ValueError):
    """The content type of a response is not ``text/event-stream``."""

    def __init__(self, content_type: str | None, response: Any) -> None:
        said = "no content type" if content_type is None else f"content type {content_type!r}"
        super().__init__(f"{said} instead of text/event-stream", response)
        self.content_type = content_type
        """What the response has as ``Content-Type``, or ``None``."""


class UnexpectedContentEncoding(UnexpectedResponse):
    """The body of a response is compressed, and the library does not decompress it, as ``http.client`` does not."""

    def __init__(self, content_encoding: str, response: Any) -> None:
        super().__init__(f"content encoding {content_encoding!r}, which this library leaves to you", response)
        self.content_encoding = content_encoding
        """What the response has as ``Content-Encoding``."""


class EventSourceError(TidingsError):
    """Why an event source has no connection, or no longer one. What it stands on, if anything, is its ``__cause__``.

    Its text has no secrets: no URL, no header.
    """

    message = "there is no connection"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(self.message if message is None else message)


class ConnectionFailed(EventSourceError, ConnectionError):
    """There was no connection, or it broke. What the HTTP library says of it is its ``__cause__``."""

    message = "the connection failed"


class ConnectTimeout(EventSourceError, TimeoutError):
    """There was no head of a response within ``connect_timeout``."""

    message = "there was no response in time"


class IdleTimeout(EventSourceError, TimeoutError):
    """There was no byte within ``idle_timeout``."""

    message = "nothing arrived in time"


class StreamEnded(EventSourceError, EOFError):
    """The event stream came to its end. It is only seen as the reason of a reconnection."""

    message = "the event stream ended"


class FreshHeadersFailed(EventSourceError):
    """``fresh_headers`` gave no headers that can be sent. What it raised is the ``__cause__``."""

    message = "there are no fresh headers"


class UnexpectedRedirect(EventSourceError):
    """The server redirects to where no HTTP is spoken."""

    message = "the server redirects to what is not a URL of http or https"


class TooManyRedirects(EventSourceError):
    """The server redirects without end."""

    message = "the server redirects without end"


class UnsendableLastEventId(EventSourceError, ValueError):
    """The last event ID has a control character, which cannot stand in a header. To connect without it would leave events out."""

    message = "the last event ID cannot be sent in a header"


class InvalidUrl(TidingsError, ValueError):
    """The URL is not one of http or https."""


class InvalidHeader(TidingsError, ValueError):
    """A header has a name or value that cannot be sent."""


for _class in list(globals().values()):
    if isinstance(_class, type) and issubclass(_class, TidingsError):
        _class.__module__ = "tidings"  # where users have it from, and what a traceback is to show
