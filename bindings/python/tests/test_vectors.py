"""Every vector, in every cut, through every surface."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import tidings
from tidings import Comment, ReconnectionTime, ServerSentEvent
from vectors import Vector, load

VECTORS = load()

Found = tuple[list[Any], str, "int | None", "int | None"]


def feed(chunks: list[bytes], options: dict[str, Any]) -> Found:
    decoder = tidings.Decoder(**options)
    items, position = [], None
    try:
        for chunk in chunks:
            items += decoder.feed(chunk)
        decoder.close()
    except tidings.EventTooLarge as error:
        position = error.position
    return items, decoder.last_event_id, decoder.reconnection_time_ms, position


def iter_events(chunks: list[bytes], options: dict[str, Any]) -> Found:
    events = tidings.iter_events(chunks, **options)
    items, position = [], None
    try:
        for item in events:
            items.append(item)
    except tidings.EventTooLarge as error:
        position = error.position
    return items, events.last_event_id, events.reconnection_time_ms, position


def aiter_events(chunks: list[bytes], options: dict[str, Any]) -> Found:
    async def source() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    events = tidings.aiter_events(source(), **options)
    items: list[Any] = []

    async def read() -> int | None:
        try:
            async for item in events:
                items.append(item)
        except tidings.EventTooLarge as error:
            return error.position
        return None

    # Nothing here waits, so no event loop is needed, and making thousands of them would take longer than the tests.
    with pytest.raises(StopIteration) as end:
        read().send(None)
    return items, events.last_event_id, events.reconnection_time_ms, end.value.value


def as_vector(found: Found) -> dict[str, Any]:
    def item(item: Any) -> dict[str, Any]:
        match item:
            case ServerSentEvent(event, data, id):
                return {"type": event, "data": data, "lastEventId": id}
            case ReconnectionTime(milliseconds):
                return {"retry": milliseconds}
            case Comment(text):
                return {"comment": text}
        raise AssertionError(item)

    items, last_event_id, reconnection_time, position = found
    return {
        "items": [item(found) for found in items],
        "lastEventId": last_event_id,
        "reconnectionTime": reconnection_time,
        "error": None if position is None else {"position": position},
    }


@pytest.mark.parametrize("surface", [feed, iter_events, aiter_events])
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_vector(vector: Vector, surface: Callable[[list[bytes], dict[str, Any]], Found]) -> None:
    for chunks in vector.cuts():
        assert as_vector(surface(chunks, vector.options)) == vector.outcome, chunks


@pytest.mark.parametrize("surface", [feed, iter_events, aiter_events])
def test_without_reconnection_times(surface: Callable[[list[bytes], dict[str, Any]], Found]) -> None:
    for vector in VECTORS:
        options = vector.options | {"reconnection_times": False}
        want = [item for item in vector.outcome["items"] if "retry" not in item]
        assert as_vector(surface(vector.chunks, options))["items"] == want, vector.name
