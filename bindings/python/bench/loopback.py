"""Whole clients over loopback: one event for each chunk of HTTP, and the CPU time of the client alone."""

from __future__ import annotations

import asyncio
import atexit
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp_sse_client2.client
import httpx
import httpx_sse
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
    count = 0
    with requests_sse.EventSource(url, timeout=_TIMEOUT) as source:
        for event in source:
            count += bool(event.data)
            if count == want:
                break  # it would connect again
    _check(count, want)


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


def _in_loop(client: Callable[[str, int], Any], url: str, want: int) -> float:
    async def main() -> float:
        start = time.process_time()
        await client(url, want)
        return time.process_time() - start

    return asyncio.run(main())


def _make(
    name: str, ours: Callable[..., Any], peer: Callable[..., Any], peer_name: str, bar: float, scale: float
) -> Case:
    count = max(20, int(20_000 * scale))
    url = _server(count)

    def contender(name: str, client: Callable[..., Any]) -> Contender:
        if asyncio.iscoroutinefunction(client):
            return Contender(name, partial(_in_loop, client, url, count))
        return Contender(name, partial(client, url, count))

    return Case(
        f"over loopback, {name}",
        count,
        [contender("tidings", ours), contender(peer_name, peer)],
        {("tidings", peer_name): bar},
    )


CASES: tuple[Callable[[float], Case], ...] = (
    partial(_make, "aiohttp", _aiohttp_tidings, _aiohttp_sse_client, "aiohttp-sse-client2", 2.5),
    partial(_make, "requests", _requests_tidings, _requests_sse, "requests-sse", 2.5),
    partial(_make, "httpx", _httpx_tidings, _httpx_httpx_sse, "httpx-sse", 1.3),
)
