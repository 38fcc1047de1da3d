"""The hub behind real servers: many clients, exact resuming, places that become free, memory."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import aiohttp
import fastapi
import flask
import httpx
import pytest
from aiohttp import web

import tidings
import tidings.aiohttp
from server import SECONDS
from test_aiohttp import serve_app
from test_asgi import serve
from test_process import python
from test_wsgi import serve as serve_wsgi
from tidings import Hub, asgi, wsgi
from tidings.asgi import EventSourceResponse

CLIENTS = 60
EVENTS = 150


def feed(hub: Hub) -> fastapi.FastAPI:
    app = fastapi.FastAPI()

    @app.get("/events", response_class=EventSourceResponse)
    async def events(request: fastapi.Request) -> Any:
        return EventSourceResponse(hub.subscribe("prices/*", after=asgi.last_event_id(request)))

    @app.post("/events")
    async def publish(price: str) -> str:
        return hub.publish("prices/gold", price)

    return app


async def read(session: aiohttp.ClientSession, url: str, number: int, hub: Hub) -> list[str]:
    """Reads all events, on several connections: each client leaves after as many events as its number says."""
    found: list[str] = []
    last_event_id = ""
    while len(found) < EVENTS:
        async with session.get(url, headers={"Last-Event-ID": last_event_id}) as response:
            async with tidings.aevents(response) as events:
                leave = len(found) + number % 47 + 3
                async for event in events:
                    assert event.event == "message", event
                    found.append(event.data)
                    # What was decoded after this event is lost with the connection, as a crash would lose it.
                    last_event_id = event.id
                    if len(found) in (leave, EVENTS):
                        break
                else:
                    raise AssertionError("the response ended")
    return found


def test_many_clients_that_come_and_go() -> None:
    hub = Hub()

    async def main(url: str) -> None:
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=3 * SECONDS)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            readers = [asyncio.create_task(read(session, url, number, hub)) for number in range(CLIENTS)]
            while hub.presence("prices/gold") < CLIENTS:
                await asyncio.sleep(0.01)
            # Half of them in the server's event loop, half of them in a thread of ours.
            for number in range(EVENTS):
                if number % 2:
                    hub.publish("prices/gold", str(number))
                else:
                    await (await session.post(url, params={"price": str(number)})).read()
            for found in await asyncio.gather(*readers):
                assert found == [str(number) for number in range(EVENTS)]

    with serve(feed(hub)) as url:
        asyncio.run(main(url))
        # The server notices that the last of them are gone.
        gone = threading.Event()
        while hub.stats()["subscribers"]:
            assert not gone.wait(0.01)


def test_a_gap_in_band() -> None:
    hub = Hub(keep_events=1)
    first = hub.publish("prices/gold", "1")
    hub.publish("prices/gold", "2")
    last = hub.publish("prices/gold", "3")
    with serve(feed(hub)) as url:
        with httpx.stream("GET", url, headers={"Last-Event-ID": first}, timeout=SECONDS) as response:
            with tidings.events(response) as events:
                gap = next(events)
                assert (gap.event, gap.json()["reason"]) == ("gap", "evicted")
                assert next(events).id == last


def test_a_client_that_reads_nothing_costs_the_others_nothing() -> None:
    """It has no queue: what is kept is all that there is, and when it reads again it is told what it has missed."""
    hub = Hub(keep_events=50)
    data = "x" * 100_000

    def published_while_it_reads_nothing(url: str) -> int:
        with httpx.stream("GET", url, timeout=SECONDS) as slow, httpx.stream("GET", url, timeout=SECONDS) as quick:
            iter_slow, iter_quick = tidings.events(slow), tidings.events(quick)
            hub.publish("prices/gold", "first")
            assert next(iter_slow).data == next(iter_quick).data == "first"
            for _ in range(300):
                hub.publish("prices/gold", data)
                assert next(iter_quick).data == data
            assert hub.stats()["events"] == 50
            hub.publish("prices/gold", "end")
            kinds = []
            for event in iter_slow:
                kinds.append(event.event)
                if event.data == "end":
                    break
            assert kinds.count("gap") == 1
            return len(kinds)

    with serve(feed(hub)) as url:
        assert published_while_it_reads_nothing(url) < 300


def test_with_aiohttp() -> None:
    hub = Hub()

    async def handler(request: web.Request) -> web.StreamResponse:
        after = tidings.aiohttp.last_event_id(request)
        return tidings.aiohttp.EventSourceResponse(hub.subscribe("a", after=after), keep_alive=0.01)

    async def main() -> None:
        app = web.Application()
        app.router.add_get("/", handler)
        app.on_shutdown.append(tidings.aiohttp.end_responses)
        first = hub.publish("a", "1")
        hub.publish("a", "2")
        async with serve_app(app) as url, aiohttp.ClientSession() as session:
            async with session.get(url, headers={"Last-Event-ID": first}) as response:
                events = tidings.aevents(response)
                assert (await anext(events)).data == "2"
                hub.publish("a", "3")
                assert (await anext(events)).data == "3"
            while hub.presence("a"):
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(main(), SECONDS))


def test_with_flask() -> None:
    hub = Hub()
    first = hub.publish("a", "1")
    app = flask.Flask("test")

    @app.get("/events")
    def events() -> Any:
        frames = hub.subscribe("a", after=wsgi.last_event_id(flask.request.environ)).blocking(keep_alive=0.01)
        return flask.Response(wsgi.stream(frames), headers=wsgi.HEADERS)

    with serve_wsgi(app) as url:
        with httpx.stream("GET", url, headers={"Last-Event-ID": first}, timeout=SECONDS) as response:
            with tidings.events(response) as found:
                hub.publish("a", "2")
                assert next(found).data == "2"
    # The keep-alives find out that the client is gone.
    assert hub.presence("a") == 0


def test_memory_stays_as_it_is() -> None:
    program = """
        import asyncio, gc, os, tidings

        def rss():
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        hub = tidings.Hub(keep_events=100)

        async def consume(subscription):
            async with subscription:
                async for frames in subscription:
                    pass

        async def work(times):
            for _ in range(times):
                consumers = [asyncio.create_task(consume(hub.subscribe(["a", "b/*"]))) for _ in range(20)]
                await asyncio.sleep(0)
                for number in range(20):
                    id = hub.publish(["a", f"b/{number}"], "x" * 100, event="t", key=f"{number}{hub.last_id}")
                    hub.publish("c", json={"a": number})
                    await asyncio.sleep(0)
                hub.subscribe("a", after=id).events()
                next(hub.subscribe("a").blocking())
                try:
                    hub.publish("", "x")
                except tidings.InvalidTopic:
                    pass
                for consumer in consumers[:10]:
                    consumer.cancel()
                del consumers
                gc.collect(0)
                for task in asyncio.all_tasks() - {asyncio.current_task()}:
                    task.cancel()
                await asyncio.sleep(0)

        asyncio.run(work(200))
        gc.collect()
        print("ready", flush=True)
        before = rss()
        for _ in range(10):
            asyncio.run(work(100))
        gc.collect()
        print((rss() - before) // 1024, int(hub.stats()["subscribers"]))
    """
    process = python(program)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    grown, subscribers = map(int, output.split())
    assert subscribers == 0
    # 400,000 deliveries, 20,000 subscriptions: a leak of 50 bytes for each of these would be as much.
    assert grown < 1024, f"{grown} KiB more"


@pytest.mark.parametrize("workers", ["threads", "loop"])
def test_the_interpreter_ends_while_somebody_waits(workers: str) -> None:
    program = """
        import asyncio, sys, threading, tidings

        hub = tidings.Hub()
        subscription = hub.subscribe("a")
        if sys.argv[1] == "threads":
            waiting = threading.Event()
            def consume():
                for frames in subscription.blocking():
                    waiting.set()
            threading.Thread(target=consume, daemon=True).start()
            waiting.wait()
        else:
            loop = asyncio.new_event_loop()
            loop.run_until_complete(anext(subscription))
            try:
                loop.run_until_complete(asyncio.wait_for(anext(subscription), 0.001))
            except TimeoutError:
                pass
            loop.close()
        hub.publish("a", "x")
        print("ready", flush=True)
    """
    process = python(program, workers)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output, errors) == (0, "", "")
