"""Whole clients over loopback: one event for each chunk of HTTP, and the CPU time of the client alone."""

from __future__ import annotations

import asyncio
import atexit
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp_sse_client2.client
import httpx
import httpx_sse
import ld_eventsource
import requests
import requests_sse
import tidings
from cases import Case, Contender

_TIMEOUT = 60


def _server(count: int) -> str:
    """Starts the server, in a process of its own, and returns its URL."""
    program = Path(__file__).with_name("event_server.py")
    process = subprocess.Popen([sys.executable, program, str(count)], stdout=subprocess.PIPE, text=True)
    atexit.register(process.terminate)
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _check(count: int, want: int) -> None:
    assert count == want, f"{count} events instead of {want}"


def _requests_tidings(url: str, want: int) -> None:
    _check(sum(1 for event in tidings.events(requests.get(url, stream=True, timeout=_TIMEOUT)) if event.data), want)


def _requests_sse(url: str, want: int) -> None:
    with requests_sse.EventSource(url, timeout=_TIMEOUT) as source:
        _take(source, want)


def _httpx_tidings(url: str, want: int) -> None:
    with httpx.Client(timeout=_TIMEOUT, verify=False) as client, client.stream("GET", url) as response:
        _check(sum(1 for event in tidings.events(response) if event.data), want)


def _httpx_httpx_sse(url: str, want: int) -> None:
    with httpx.Client(timeout=_TIMEOUT, verify=False) as client, httpx_sse.connect_sse(client, "GET", url) as source:
        _check(sum(1 for event in source.iter_sse() if event.data), want)


async def _aiohttp_tidings(url: str, want: int) -> None:
    count = 0
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        async for event in tidings.aevents(response):
            count += bool(event.data)
    _check(count, want)


async def _aiohttp_sse_client(url: str, want: int) -> None:
    count = 0
    async with aiohttp_sse_client2.client.EventSource(url) as source:
        async for event in source:
            count += bool(event.data)
            if count == want:
                break  # it would connect again
    _check(count, want)


def _take(events: Iterable[Any], want: int) -> None:
    """Takes so many events from a source that would connect again."""
    count = 0
    for event in events:
        count += bool(event.data)
        if count == want:
            break
    _check(count, want)


def _source_httpx(url: str, want: int) -> None:
    with httpx.Client(verify=False) as client, tidings.EventSource(url, client=client) as source:
        _take(source, want)


def _source_requests(url: str, want: int) -> None:
    with requests.Session() as session, tidings.EventSource(url, client=session) as source:
        _take(source, want)


def _source_launchdarkly(url: str, want: int) -> None:
    source = ld_eventsource.SSEClient(url)
    try:
        _take(source.events, want)
    finally:
        source.close()


async def _source_aiohttp(url: str, want: int) -> None:
    count = 0
    async with aiohttp.ClientSession() as session, tidings.AsyncEventSource(url, client=session) as source:
        async for event in source:
            count += bool(event.data)
            if count == want:
                break
    _check(count, want)


def _in_loop(client: Callable[[str, int], Any], url: str, want: int) -> float:
    async def main() -> float:
        start = time.process_time()
        await client(url, want)
        return time.process_time() - start

    return asyncio.run(main())


def _make(
    name: str, clients: dict[str, Callable[[str, int], Any]], bars: dict[tuple[str, str], float], scale: float
) -> Case:
    count = max(20, int(20_000 * scale))
    url = _server(count)

    def contender(name: str, client: Callable[[str, int], Any]) -> Contender:
        if asyncio.iscoroutinefunction(client):
            return Contender(name, partial(_in_loop, client, url, count))
        return Contender(name, partial(client, url, count))

    return Case(
        f"over loopback, {name}",
        count,
        [contender(name, client) for name, client in clients.items()],
        bars,
    )


CASES: tuple[Callable[[float], Case], ...] = (
    partial(
        _make,
        "aiohttp",
        {"tidings": _aiohttp_tidings, "aiohttp-sse-client2": _aiohttp_sse_client},
        {("tidings", "aiohttp-sse-client2"): 2.5},
    ),
    partial(
        _make,
        "requests",
        {"tidings": _requests_tidings, "requests-sse": _requests_sse},
        {("tidings", "requests-sse"): 2.5},
    ),
    partial(
        _make,
        "httpx",
        {"tidings": _httpx_tidings, "httpx-sse": _httpx_httpx_sse},
        {("tidings", "httpx-sse"): 1.3},
    ),
    # What connects again by itself. The peers read in the thread or task of their user, and have no deadlines of their own.
    partial(
        _make,
        "sources of events",
        {
            "tidings EventSource, requests": _source_requests,
            "tidings EventSource, httpx": _source_httpx,
            "tidings AsyncEventSource, aiohttp": _source_aiohttp,
            "launchdarkly-eventsource": _source_launchdarkly,
            "requests-sse": _requests_sse,
            "aiohttp-sse-client2": _aiohttp_sse_client,
            "httpx-sse, without reconnecting": _httpx_httpx_sse,
        },
        {},
    ),
)
