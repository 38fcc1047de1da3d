"""Iterators over chunks: what they hand over, what they let through, and how they end."""

from __future__ import annotations

import asyncio
import gc
import itertools
import threading
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import tidings
from tidings import AsyncEvents, Comment, Events, ServerSentEvent


class Failure(Exception):
    pass


def data(items: Any) -> list[str]:
    return [item.data for item in items]


async def over(*chunks: bytes, error: Exception | None = None) -> AsyncIterator[bytes]:
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk
    if error:
        raise error


def test_a_chunk_is_asked_for_when_it_is_needed() -> None:
    asked = []

    def chunks() -> Iterator[bytes]:
        for number in range(3):
            asked.append(number)
            yield b"data: a\n\ndata: b\n\n"

    events = tidings.iter_events(chunks())
    assert asked == []
    for want in ([0], [0], [0, 1], [0, 1], [0, 1, 2]):
        next(events)
        assert asked == want


def test_what_the_source_raises_comes_behind_its_events() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"data: a\n\ndata: b\n\ndata: ha"
        raise Failure("cut")

    closed = []
    events: Events[ServerSentEvent] = Events(chunks(), lambda: closed.append(True))
    assert [next(events).data, next(events).data] == ["a", "b"]
    assert not closed
    with pytest.raises(Failure, match="cut"):
        next(events)
    assert closed == [True]
    assert list(events) == []
    events.close()
    assert closed == [True]


def test_an_event_too_large_comes_behind_the_events_before_it() -> None:
    events = tidings.iter_events([b"data: a\n\ndata: too large\n\n", b"data: b\n\n"], max_event_bytes=3)
    assert next(events).data == "a"
    with pytest.raises(tidings.EventTooLarge):
        next(events)
    assert list(events) == []


@pytest.mark.parametrize("chunk", ["data: x\n\n", 5, None])
def test_chunks_that_are_no_bytes(chunk: Any) -> None:
    events = tidings.iter_events([b"data: a\n\n", chunk])
    assert next(events).data == "a"
    with pytest.raises(TypeError, match=type(chunk).__name__):
        next(events)


@pytest.mark.parametrize("chunks", ["data: x\n\n", "", b"data: x\n\n", bytearray(b"x"), 5, None])
def test_what_is_no_iterable_of_chunks(chunks: Any) -> None:
    with pytest.raises(TypeError):
        tidings.iter_events(chunks)
    with pytest.raises(TypeError, match=type(chunks).__name__):
        tidings.aiter_events(chunks)


def test_stop() -> None:
    def chunks() -> Iterator[bytes]:
        yield b'data: {"a": 1}\n\n: c\n\ndata: [2]\n\ndata: [DONE]\n\ndata: not wanted\n\n'
        raise AssertionError("asked for more")

    assert data(tidings.iter_events(chunks(), stop="[DONE]")) == ['{"a": 1}', "[2]"]
    events = tidings.iter_events(chunks(), stop="[DONE]", comments=True)
    assert list(events.json()) == [{"a": 1}, [2]]
    assert Comment("c") in list(tidings.iter_events(chunks(), stop="[DONE]", comments=True))


def test_whatever_ends_the_iteration_closes() -> None:
    def events() -> Events[ServerSentEvent]:
        return Events([b"data: a\n\n", b"data: b\n\n", b"data: [DONE]\n\n"], lambda: closed.append(True), stop="[DONE]")

    closed: list[bool] = []
    assert data(events()) == ["a", "b"]
    assert closed.pop()

    for event in events():
        break
    assert closed.pop(), "the loop was left"

    with pytest.raises(Failure), events() as kept:
        next(kept)
        raise Failure
    assert closed.pop(), "the block was left"
    assert list(kept) == []

    dropped = events()
    del dropped
    assert closed.pop()

    kept = events()
    next(kept)
    kept.close()
    assert closed.pop()
    assert next(kept, None) is None
    assert closed == []


def test_closing_fails() -> None:
    def close() -> None:
        raise Failure("closing")

    events: Events[ServerSentEvent] = Events([b"data: a\n\n"], close)
    next(events)
    with pytest.raises(Failure):
        next(events)
    assert next(events, None) is None
    events = Events([b"data: a\n\n"], close)
    with pytest.raises(Failure):
        events.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_first_of_two_errors_is_raised() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"data: a\n\n"
        raise Failure("reading")

    def close() -> None:
        raise Failure("closing")

    events: Events[ServerSentEvent] = Events(chunks(), close)
    next(events)
    with pytest.raises(Failure, match="reading"):
        next(events)


def test_a_cycle_is_collected() -> None:
    class Source:
        def __iter__(self) -> Source:
            return self

        def __next__(self) -> bytes:
            return b"data: a\n\n"

        def close(self) -> None:
            pass

    source = Source()
    source.events = Events(source, source.close)  # type: ignore[attr-defined]
    next(source.events)  # type: ignore[attr-defined]
    gone = weakref.ref(source)
    del source
    gc.collect()
    assert gone() is None


def test_two_threads_at_one_iterator() -> None:
    waiting, go_on = threading.Event(), threading.Event()

    def chunks() -> Iterator[bytes]:
        waiting.set()
        assert go_on.wait(10)
        yield b"data: a\n\n"

    class Chunks:  # unlike a generator it could be asked twice
        def __init__(self) -> None:
            self.chunks = chunks()

        def __iter__(self) -> Chunks:
            return self

        def __next__(self) -> bytes:
            return next(self.chunks)

    events = tidings.iter_events(Chunks())
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.extend(data(events)))
    thread.start()
    assert waiting.wait(10)
    with pytest.raises(RuntimeError, match="in use by another thread"):
        next(events)
    go_on.set()
    thread.join()
    assert found == ["a"]


def test_closed_while_another_thread_waits() -> None:
    waiting, go_on = threading.Event(), threading.Event()

    def chunks() -> Iterator[bytes]:
        waiting.set()
        assert go_on.wait(10)
        yield b"data: a\n\n"

    # Closing is what a socket does: whoever waits for it goes on.
    events: Events[ServerSentEvent] = Events(chunks(), go_on.set)
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.extend(data(events)))
    thread.start()
    assert waiting.wait(10)
    events.close()
    thread.join()
    assert found == []


def test_chunks_from_the_iterator_itself() -> None:
    class Chunks:
        def __iter__(self) -> Chunks:
            return self

        def __next__(self) -> bytes:
            next(events)
            raise AssertionError("not reached")

    events = tidings.iter_events(Chunks())
    with pytest.raises(RuntimeError, match="further up the stack"):
        next(events)


def test_async() -> None:
    async def main() -> None:
        events = tidings.aiter_events(over(b"id: 1\ndata: a\n\nretry: 5\n\nda", b"ta: b\n\n"))
        assert [event.data async for event in events] == ["a", "b"]
        assert (events.last_event_id, events.reconnection_time_ms) == ("1", 5)
        events = tidings.aiter_events(over(b"data: a\n\ndata: b\n\n"))
        assert (await anext(events)).data == "a"
        assert (await events.__anext__()).data == "b"
        with pytest.raises(StopAsyncIteration):
            await anext(events)

    asyncio.run(main())


def test_async_errors_come_behind_their_events() -> None:
    async def main() -> None:
        for source, options, error in (
            (over(b"data: a\n\n", error=Failure()), {}, Failure),
            (over(b"data: a\n\ndata: too large\n\n"), {"max_event_bytes": 3}, tidings.EventTooLarge),
            (over(b"data: a\n\n", "data: b\n\n"), {}, TypeError),  # type: ignore[arg-type]
        ):
            closed: list[bool] = []
            events: AsyncEvents[ServerSentEvent] = AsyncEvents(source, lambda: closed.append(True), **options)  # type: ignore
            found = []
            with pytest.raises(error):
                async for event in events:
                    found.append(event.data)
            assert (found, closed) == (["a"], [True])

    asyncio.run(main())


def test_async_stop() -> None:
    async def main() -> None:
        chunk = b'data: {"a": 1}\n\n: c\n\ndata: [2]\n\ndata: [DONE]\n\ndata: not wanted\n\n'
        events = tidings.aiter_events(over(chunk, error=AssertionError()), stop="[DONE]", comments=True)
        assert [item async for item in events.json()] == [{"a": 1}, [2]]

    asyncio.run(main())


def test_async_closing() -> None:
    async def main() -> None:
        closed: list[str] = []

        async def close() -> None:
            await asyncio.sleep(0)
            closed.append("closed")

        def events() -> AsyncEvents[ServerSentEvent]:
            return AsyncEvents(over(b"data: a\n\n", b"data: b\n\n"), close)

        async for _ in events():
            pass
        assert closed.pop()

        async with events() as kept:
            async for _ in kept:
                break
        assert closed.pop()

        async with events() as kept:
            pass
        assert closed.pop(), "not asked for anything"
        await kept.aclose()

        waiting = asyncio.Event()

        async def read() -> None:
            async def chunks() -> AsyncIterator[bytes]:
                waiting.set()
                await asyncio.Event().wait()
                yield b""

            async for _ in AsyncEvents(chunks(), close):
                pass

        task = asyncio.create_task(read())
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert closed.pop(), "cancelled"
        assert closed == []

    asyncio.run(main())


def test_async_generators_are_closed_at_once() -> None:
    """Not when somebody gets round to it, and before the response that they read."""
    order: list[str] = []

    async def chunks() -> AsyncIterator[bytes]:
        try:
            yield b"data: a\n\ndata: end\n\n"
            yield b"data: b\n\n"
        finally:
            await asyncio.sleep(0)
            order.append("chunks")

    async def main() -> None:
        left_early: AsyncEvents[ServerSentEvent] = AsyncEvents(chunks(), lambda: order.append("response"))
        async with left_early:
            async for _ in left_early:
                break
        assert order == ["chunks", "response"]
        order.clear()
        stopped: AsyncEvents[ServerSentEvent] = AsyncEvents(chunks(), lambda: order.append("response"), stop="end")
        assert [event.data async for event in stopped] == ["a"]
        assert order == ["chunks", "response"]

    asyncio.run(main())


def test_two_tasks_at_one_iterator() -> None:
    async def main() -> None:
        waiting, go_on = asyncio.Event(), asyncio.Event()

        async def chunks() -> AsyncIterator[bytes]:
            waiting.set()
            await go_on.wait()
            yield b"data: a\n\n"

        events = tidings.aiter_events(chunks())
        task = asyncio.ensure_future(anext(events))
        await waiting.wait()
        with pytest.raises(RuntimeError, match="already running"):
            await anext(events)
        go_on.set()
        assert (await task).data == "a"

    asyncio.run(main())


def test_class_arguments() -> None:
    for kind in (tidings.Decoder, Events, AsyncEvents):
        assert kind[ServerSentEvent].__origin__ is kind


def test_endless_chunks() -> None:
    events = tidings.iter_events(itertools.cycle([b": nothing\n\n"] * 1000 + [b"data: a\n\n"]))
    assert data(itertools.islice(events, 3)) == ["a"] * 3
