"""Reading with trio: the decoding knows of no event loop, and the event source says that it needs asyncio's."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import tidings
import trio
from server import SECONDS, Connection, serve


def hello(connection: Connection) -> None:
    connection.head_of()
    connection.send(b"id: 1\ndata: a\n\ndata: b\n\nda")
    connection.send(b"ta: c\n\ndata: [DONE]\n\n")
    connection.gone()


async def data_of(url: str, **options: str) -> list[str]:
    found = []
    async with httpx.AsyncClient(timeout=SECONDS) as client, client.stream("GET", url) as response:
        async with tidings.aevents(response, **options) as events:  # type: ignore[call-overload]
            async for event in events:
                found.append(event.data)
                if event.data == "c" and not options:
                    break
        assert response.is_closed
    return found


# httpx has generators in generators, and of its own trio says that nobody has closed them. Of ours `test_any_chunks` would hear.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("options", [{"stop": "[DONE]"}, {}], ids=["to its end", "left early"])
def test_a_response_of_httpx(options: dict[str, str]) -> None:
    with serve(hello) as url:
        assert trio.run(lambda: data_of(url, **options)) == ["a", "b", "c"]


def test_cancelled_while_it_waits() -> None:
    def script(connection: Connection) -> None:
        connection.head_of()
        connection.send(b"data: a\n\n")
        connection.gone()

    async def main(url: str) -> None:
        async with httpx.AsyncClient(timeout=SECONDS) as client, client.stream("GET", url) as response:
            async with tidings.aevents(response) as events:
                with trio.CancelScope() as scope:
                    async for _ in events:
                        scope.cancel()
                assert scope.cancelled_caught
            assert response.is_closed

    with serve(script) as url:
        trio.run(main, url)


def test_any_chunks() -> None:
    """Left early, too: trio warns of a generator that nobody has closed."""

    async def chunks() -> AsyncIterator[bytes]:
        for chunk in (b"data: a\n", b"\n", b"data: b\n\n"):
            await trio.lowlevel.checkpoint()
            yield chunk

    async def main() -> None:
        assert [event.data async for event in tidings.aiter_events(chunks())] == ["a", "b"]
        async with tidings.aiter_events(chunks()) as events:
            async for event in events:
                assert event.data == "a"
                break

    trio.run(main)


def test_the_event_source_needs_asyncio() -> None:
    async def main() -> None:
        async with tidings.AsyncEventSource("http://127.0.0.1:1/") as source:
            with pytest.raises(RuntimeError, match="asyncio"):
                await source.__anext__()

    trio.run(main)
