"""What a type checker makes of the package. It is checked, not run."""

from typing import Any

import tidings
import tidings.transports
from tidings import AsyncEvents, Comment, Decoder, Events, ReconnectionTime, ServerSentEvent
from typing_extensions import assert_never, assert_type

Item = ServerSentEvent | Comment | ReconnectionTime


def of_decoders(flag: bool) -> None:
    assert_type(Decoder().feed(b""), list[ServerSentEvent])
    assert_type(Decoder(comments=True).feed(bytearray()), list[ServerSentEvent | Comment])
    assert_type(Decoder(comments=flag).feed(memoryview(b"")), list[ServerSentEvent | Comment])
    assert_type(Decoder(reconnection_times=True), Decoder[Item])
    Decoder().feed("text")  # type: ignore[arg-type]


def of_iterators(response: Any) -> None:
    assert_type(tidings.iter_events([b""]), Events[ServerSentEvent])
    assert_type(next(tidings.iter_events([b""], stop="x", max_event_bytes=1)), ServerSentEvent)
    assert_type(tidings.iter_events([b""], comments=True), Events[ServerSentEvent | Comment])
    assert_type(tidings.events(response), Events[ServerSentEvent])
    assert_type(tidings.aevents(response, comments=True), AsyncEvents[ServerSentEvent | Comment])
    with tidings.events(response) as events:
        for event in events:
            assert_type(event.data, str)
            assert_type(event.retry, int | None)
    tidings.iter_events(["text"])  # type: ignore[list-item]


async def of_async_iterators(response: Any) -> None:
    async with tidings.aevents(response) as events:
        async for event in events:
            assert_type(event, ServerSentEvent)


def of_encoding() -> None:
    assert_type(tidings.encode("x", id="1"), bytes)
    assert_type(tidings.encode(json={}), bytes)
    tidings.encode(b"x")  # type: ignore[call-overload]
    tidings.encode("x", json={})  # type: ignore[call-overload]


def of_values(item: Item) -> str:
    match item:
        case ServerSentEvent(event, data):
            return event + data
        case Comment(text):
            return text
        case ReconnectionTime(milliseconds):
            return str(milliseconds)


def of_event_sources(session: Any, transport: tidings.transports.Transport) -> None:
    with tidings.EventSource("http://host/", client=session, retry_statuses=tidings.TRANSIENT_STATUSES) as source:
        for event in source:
            assert_type(event, ServerSentEvent)
        for item in source.items():
            match item:
                case tidings.Open(url):
                    assert_type(url, str)
                case tidings.Reconnecting(delay, error):
                    assert_type((delay, error), tuple[float, tidings.TidingsError])
                case ServerSentEvent() | Comment():
                    pass
                case _:
                    assert_never(item)
    tidings.EventSource("http://host/", client=transport, fresh_headers=lambda attempt: {"a": str(attempt.status)})
    tidings.EventSource("http://host/", idle_timeout="1")  # type: ignore[arg-type]


async def of_async_event_sources() -> None:
    async def fresh_headers(attempt: tidings.Attempt) -> dict[str, str]:
        return {}

    async with tidings.AsyncEventSource("http://host/", fresh_headers=fresh_headers) as source:
        assert_type(await source.__anext__(), ServerSentEvent)
        async for item in source.items():
            assert_type(item, tidings.Open | ServerSentEvent | Comment | tidings.Reconnecting)
