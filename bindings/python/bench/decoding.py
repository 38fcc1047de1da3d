"""Decoding."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from statistics import median
from typing import Any

import anthropic._streaming
import corpora
import httpx
import httpx2
import httpx_sse
import openai._streaming
import orjson
import sseclient
import tidings
from cases import Case, Contender, Figure
from ld_eventsource.reader import _BufferedLineReader, _SSEReader

Decode = Callable[[list[bytes]], Iterable[Any]]

_EVENTS = 1000
"""So many that the stream stays in the cache, as what has just been read from a socket is."""

_HEADERS = {"content-type": "text/event-stream; charset=utf-8"}


def _launchdarkly(chunks: list[bytes]) -> Iterable[Any]:
    return _SSEReader(_BufferedLineReader.lines_from(chunks)).events_and_comments()


def _httpx_sse(chunks: list[bytes]) -> Iterable[Any]:
    return httpx_sse.EventSource(httpx.Response(200, headers=_HEADERS, content=iter(chunks))).iter_sse()


def _httpx2(chunks: list[bytes]) -> Iterable[Any]:
    request = httpx2.Request("GET", "http://localhost")
    return httpx2.EventSource(httpx2.Response(200, headers=_HEADERS, content=iter(chunks), request=request))


def _openai(chunks: list[bytes]) -> Iterable[Any]:
    return openai._streaming.SSEDecoder().iter_bytes(iter(chunks))


def _anthropic(chunks: list[bytes]) -> Iterable[Any]:
    return anthropic._streaming.SSEDecoder().iter_bytes(iter(chunks))


def _sseclient_py(chunks: list[bytes]) -> Iterable[Any]:
    return sseclient.SSEClient(iter(chunks)).events()


_PEERS: dict[str, Decode] = {
    "launchdarkly-eventsource": _launchdarkly,
    "httpx-sse": _httpx_sse,
    "httpx2": _httpx2,
    "openai": _openai,
    "anthropic": _anthropic,
    "sseclient-py": _sseclient_py,
}


def _read(decode: Decode, chunks: list[bytes], length: int) -> None:
    """Reads the data of each event."""
    total = 0
    for event in decode(chunks):
        total += len(event.data)
    assert total == length, f"{total} instead of {length}"


def _read_feed(chunks: list[bytes], length: int) -> None:
    feed = tidings.Decoder().feed
    total = 0
    for chunk in chunks:
        for event in feed(chunk):
            total += len(event.data)
    assert total == length, f"{total} instead of {length}"


def _case(
    name: str, events: list[bytes], size: int | None, bars: dict[tuple[str, str], float], but: tuple[str, ...] = ()
) -> Case:
    chunks = events if size is None else corpora.cut(events, size)
    length = sum(len(event.data) for event in tidings.iter_events(events))
    contenders = [
        Contender("tidings feed", partial(_read_feed, chunks, length)),
        Contender("tidings iter_events", partial(_read, tidings.iter_events, chunks, length)),
    ]
    contenders += [
        Contender(peer, partial(_read, decode, chunks, length)) for peer, decode in _PEERS.items() if peer not in but
    ]
    return Case(name, len(events), contenders, bars)


def _llm(scale: float) -> Case:
    bars = {("tidings feed", "best"): 5.5, ("tidings feed", "httpx-sse"): 9, ("tidings feed", "openai"): 20}
    return _case("llm, chunks of 16 KiB", corpora.llm(int(_EVENTS * scale)), 16384, bars)


def _llm_event_by_event(scale: float) -> Case:
    bars = {
        ("tidings iter_events", "best"): 6.5,
        ("tidings feed", "best"): 4.5,
        ("tidings feed", "httpx-sse"): 12,
    }
    return _case("llm, one event per chunk", corpora.llm(int(_EVENTS * scale)), None, bars)


def _named(scale: float) -> Case:
    return _case("named, chunks of 16 KiB", corpora.named(int(_EVENTS * scale)), 16384, {("tidings feed", "best"): 8})


def _multi(scale: float) -> Case:
    return _case(
        "20 lines of data, chunks of 16 KiB",
        corpora.multi(int(_EVENTS * scale / 5)),
        16384,
        {("tidings feed", "best"): 15},
    )


def _own_json(events: Iterable[Any]) -> None:
    for event in events:
        event.json()


def _orjson(events: Iterable[Any]) -> None:
    for event in events:
        orjson.loads(event.data)


def _with_json(name: str, load: Callable[[Iterable[Any]], None], bar: float, scale: float) -> Case:
    _without_orjson()
    events = corpora.llm(int(_EVENTS * scale))
    chunks = corpora.cut(events, 16384)

    def read_feed() -> None:
        feed = tidings.Decoder().feed
        for chunk in chunks:
            load(feed(chunk))

    contenders = [
        Contender("tidings feed", read_feed),
        Contender("tidings iter_events", lambda: load(tidings.iter_events(chunks))),
        Contender("httpx-sse", lambda: load(_httpx_sse(chunks))),
    ]
    return Case(f"llm and {name}", len(events), contenders, {("tidings feed", "httpx-sse"): bar})


def _without_orjson() -> None:
    """Has `json()` of the package use the standard library from now on, as httpx-sse's does, though orjson is installed here."""
    sys.modules["orjson"] = None  # type: ignore[assignment]
    tidings.ServerSentEvent(data="1").json()
    sys.modules["orjson"] = orjson


CASES: tuple[Callable[[float], Case], ...] = (
    _llm,
    _llm_event_by_event,
    _named,
    _multi,
    partial(_with_json, "json()", _own_json, 1.5),
    partial(_with_json, "orjson.loads", _orjson, 2.5),
)


def figures(repetitions: int, scale: float) -> list[Figure]:
    """What no peer can be compared in."""
    found = []
    for size, bar in ((2, 7.5), (4, 15.0), (8, 30.0)):
        chunks = corpora.cut([corpora.large(size << 20)], 16384)
        times = [_seconds(lambda: list(tidings.iter_events(chunks))) for _ in range(repetitions)]
        found.append(Figure(f"an event of {size} MiB in lines of 16 bytes", median(times) * 1e3, "ms", bar))
    count = int(50_000 * scale)
    for name, chunks in (
        ("one event per chunk", corpora.llm(count)),
        ("chunks of 16 KiB", corpora.cut(corpora.llm(count), 16384)),
    ):
        over = [_over(chunks) / count * 1e6 for _ in range(repetitions)]
        found.append(Figure(f"async iteration beyond that over the chunks, {name}", median(over), "µs an event", 0.3))
    return found


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _over(chunks: list[bytes]) -> float:
    """How much longer it takes to iterate over the events of chunks than over the chunks."""

    async def source() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def over_chunks() -> None:
        async for _ in source():
            pass

    async def over_events() -> None:
        async for event in tidings.aiter_events(source()):
            event.data

    def drive(work: Callable[[], Any]) -> None:
        try:
            work().send(None)  # nothing waits, so no event loop is needed
        except StopIteration:
            pass

    return _seconds(partial(drive, over_events)) - _seconds(partial(drive, over_chunks))
