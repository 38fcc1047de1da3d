"""The hub: exact resuming, gaps, waiting in event loops and threads, places that become free."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import threading
import weakref
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import tidings
from server import SECONDS
from tidings import Hub, ServerSentEvent, Subscription


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(SECONDS):
            await main()

    asyncio.run(limited())


def decode(frames: bytes) -> list[tuple[str, str]]:
    return [(event.data, event.id) for event in tidings.Decoder().feed(frames)]


def test_what_comes_back_gets_what_it_missed() -> None:
    async def main() -> None:
        hub = Hub()
        subscription = hub.subscribe("prices/*")
        assert await anext(subscription) == f"id: {hub.last_id}\n\n".encode()
        seen = hub.publish("prices/gold", "1", event="price")
        assert await anext(subscription) == f"event: price\ndata: 1\nid: {seen}\n\n".encode()
        subscription.close()
        second = hub.publish("prices/gold", "2")
        hub.publish("weather", "rain")
        third = hub.publish(["prices/silver", "prices/gold"], json={"price": 3})
        back = hub.subscribe("prices/*", after=seen)
        assert decode(await anext(back)) == [("2", second), ('{"price":3}', third)]
        assert hub.last_id == third

    run(main)


def test_where_new_ones_begin() -> None:
    async def main() -> None:
        hub = Hub()
        ids = [hub.publish("a", str(number)) for number in range(3)]
        live = hub.subscribe("a", after="")
        assert decode(await anext(live)) == []
        hub.publish("b", "other")
        # The position and what follows it are one piece.
        assert decode(await anext(hub.subscribe("a", start="earliest"))) == list(zip("012", ids))
        assert decode(await anext(hub.subscribe("a", start=2))) == list(zip("12", ids[1:]))
        assert decode(await anext(hub.subscribe(["b", "a"], start="earliest", after=ids[1])))[0] == ("2", ids[2])

    run(main)


def test_gaps() -> None:
    async def main() -> None:
        hub = Hub(keep_events=2)
        subscription = hub.subscribe("*")
        await anext(subscription)
        ids = [hub.publish("a", str(number)) for number in range(4)]
        for behind, reason in [
            (subscription, "fell-behind"),
            (hub.subscribe("*", after=ids[0]), "evicted"),
            (hub.subscribe("*", after="22222222-1"), "unknown-id"),
            (hub.subscribe("*", after="no ID"), "unknown-id"),
        ]:
            frames = await anext(behind)
            if behind is subscription:
                frames += await anext(behind)
            gap, *events = tidings.Decoder().feed(frames)
            assert (gap.event, gap.id) == ("gap", ids[1])
            assert json.loads(gap.data) == {"reason": reason, "upTo": ids[1]}
            assert [event.data for event in events] == ["2", "3"]
        assert decode(await anext(hub.subscribe("*", after=ids[1]))) == list(zip("23", ids[2:]))
        stats = hub.stats()
        assert (stats["gaps_fell_behind"], stats["gaps_evicted"], stats["gaps_unknown_id"]) == (1, 1, 2)

    run(main)


def test_who_is_too_slow_can_be_disconnected() -> None:
    async def main() -> None:
        hub = Hub(keep_events=2, slow="disconnect")
        subscription = hub.subscribe("*")
        await anext(subscription)
        for number in range(3):
            hub.publish("a", str(number))
        assert [frames async for frames in subscription] == []
        assert hub.presence("a") == 0

    run(main)


def test_what_is_published_in_one_go_comes_in_one_piece() -> None:
    async def main() -> None:
        hub = Hub()
        pieces = 0

        async def consume(subscription: Subscription) -> list[str]:
            nonlocal pieces
            found: list[str] = []
            async for frames in subscription:
                pieces += 1
                found += [data for data, _ in decode(frames)]
                if found[-1:] == ["end"]:
                    break
            return found

        consumers = [asyncio.create_task(consume(hub.subscribe("a"))) for _ in range(100)]
        while hub.presence("a") < 100 or pieces < 100:
            await asyncio.sleep(0)
        for number in range(50):
            hub.publish("a", str(number))
        hub.publish("a", "end")
        found = await asyncio.gather(*consumers)
        assert found == [[*map(str, range(50)), "end"]] * 100
        assert pieces == 200, "a position and one piece for each"

    run(main)


def test_one_call_of_the_loop_wakes_all_its_subscribers() -> None:
    async def main() -> None:
        hub = Hub()
        event_loop = asyncio.get_running_loop()
        waiting = [asyncio.ensure_future(anext(subscription)) for subscription in await ready(hub, 100)]
        await asyncio.sleep(0)
        calls: list[str] = []
        for name in ("call_soon", "call_soon_threadsafe"):
            count(event_loop, name, calls)
        publisher = threading.Thread(target=lambda: [hub.publish("a", str(number)) for number in range(10)])
        publisher.start()
        publisher.join(SECONDS)
        assert calls == ["call_soon_threadsafe"]
        assert [len(decode(frames)) for frames in await asyncio.gather(*waiting)] == [10] * 100
        calls.clear()
        waiting = [asyncio.ensure_future(anext(subscription)) for subscription in await ready(hub, 100)]
        await asyncio.sleep(0)
        calls.clear()
        hub.publish("a", "x")
        hub.publish("a", "y")
        assert calls == ["call_soon"], "the loop is not interrupted from its own thread"
        await asyncio.gather(*waiting)

    run(main)


def test_others_have_their_turn_between_many_who_are_woken() -> None:
    async def main() -> None:
        hub = Hub()
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        async def consume(subscription: Subscription) -> int:
            await anext(subscription)
            return turns

        waiting = [asyncio.create_task(consume(subscription)) for subscription in await ready(hub, 2000)]
        others = asyncio.create_task(other())
        await asyncio.sleep(0)
        hub.publish("a", "x")
        found = await asyncio.gather(*waiting)
        assert len(set(found)) >= 2000 // 256
        others.cancel()

    run(main)


async def ready(hub: Hub, count: int) -> list[Subscription]:
    """Subscriptions that have seen their position."""
    subscriptions = [hub.subscribe("a") for _ in range(count)]
    for subscription in subscriptions:
        await anext(subscription)
    return subscriptions


def count(event_loop: asyncio.AbstractEventLoop, name: str, calls: list[str]) -> None:
    before = getattr(event_loop, name)

    def counted(*arguments: Any, **options: Any) -> Any:
        calls.append(name)
        return before(*arguments, **options)

    setattr(event_loop, name, counted)


def test_threads_publish_and_loops_subscribe() -> None:
    """Two loops in threads, two threads that publish, one that iterates: all see the same, in one order."""
    hub = Hub()
    events = 2000
    found: list[list[str]] = []
    errors: list[BaseException] = []
    begun = threading.Barrier(6, timeout=SECONDS)

    def collect(ids: list[str], frames: bytes) -> bool:
        ids += [id for _, id in decode(frames)]
        return len(ids) == 2 * events

    def in_a_loop() -> None:
        async def consume(subscription: Subscription) -> None:
            ids: list[str] = []
            found.append(ids)
            async for frames in subscription:
                if collect(ids, frames):
                    return

        async def main() -> None:
            subscriptions = await ready(hub, 3)
            begun.wait()
            await asyncio.gather(*map(consume, subscriptions))

        run(main)

    def in_a_thread() -> None:
        ids: list[str] = []
        found.append(ids)
        frames = hub.subscribe("a").blocking(keep_alive=SECONDS)
        next(frames)
        begun.wait()
        while not collect(ids, next(frames)):
            pass

    def publish() -> None:
        begun.wait()
        for number in range(events):
            hub.publish("a", str(number))

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    work = [in_a_loop, in_a_loop, in_a_thread, in_a_thread, publish, publish]
    threads = [threading.Thread(target=guarded, args=[one]) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive()
    assert errors == []
    assert len(found) == 8
    assert all(ids == found[0] for ids in found)
    assert [int(id.partition("-")[2]) for id in found[0]] == list(range(1, 2 * events + 1))
    gc.collect()
    assert hub.presence("a") == 0


def test_whoever_is_cancelled_misses_nothing() -> None:
    async def main() -> None:
        hub = Hub()
        (subscription,) = await ready(hub, 1)
        for number in range(100):
            waiting = asyncio.ensure_future(anext(subscription))
            await asyncio.sleep(0)
            waiting.cancel()
            if number % 2:
                hub.publish("a", str(number))  # woken and cancelled at once
            with pytest.raises(asyncio.CancelledError):
                await waiting
            if number % 2:
                assert [data for data, _ in decode(await anext(subscription))] == [str(number)]
        waiting = asyncio.ensure_future(anext(subscription))
        await asyncio.sleep(0)
        hub.publish("a", "x")
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert [data for data, _ in decode(await anext(subscription))] == ["x"]

    run(main)


def test_places_become_free() -> None:
    async def main() -> None:
        hub = Hub()

        async def consume() -> None:
            async with hub.subscribe("a") as subscription:
                async for _ in subscription:
                    pass

        consumers = [asyncio.create_task(consume()) for _ in range(10)]
        await asyncio.sleep(0)
        assert (hub.presence("a"), hub.stats()["subscribers"]) == (10, 10)
        for consumer in consumers:
            consumer.cancel()
        await asyncio.gather(*consumers, return_exceptions=True)
        assert hub.presence("a") == 0
        dropped = hub.subscribe("a")
        assert hub.presence("a") == 1
        del dropped
        assert hub.presence("a") == 0
        blocking = hub.subscribe("a").blocking()
        next(blocking)
        assert hub.presence("a") == 1
        getattr(blocking, "close")()
        assert hub.presence("a") == 0

    run(main)


def test_closed_by_another() -> None:
    async def main() -> None:
        hub = Hub()
        first, second, third = await ready(hub, 3)
        waiting = asyncio.ensure_future(anext(first, None))
        await asyncio.sleep(0)
        await asyncio.to_thread(first.close)
        assert await waiting is None
        hub.publish("a", "not for the second")
        second.close()
        second.close()
        assert [frames async for frames in second] == []
        assert hub.presence("a") == 1
        await third.aclose()
        assert hub.presence("a") == 0

    run(main)


def test_a_thread_that_waits_is_woken_by_the_end() -> None:
    hub = Hub()
    subscription = hub.subscribe("a")
    found: list[bytes] = []
    waits = threading.Event()

    def consume() -> None:
        for frames in subscription.blocking(keep_alive=0.001):
            found.append(frames)
            if frames == b":\n\n":
                waits.set()

    thread = threading.Thread(target=consume)
    thread.start()
    assert waits.wait(SECONDS)
    hub.publish("a", "1")
    subscription.close()
    thread.join(SECONDS)
    assert not thread.is_alive()
    without_keep_alives = [frames for frames in found if frames != b":\n\n"]
    assert without_keep_alives[0].startswith(b"id: ")
    assert len(without_keep_alives) <= 2


def test_whoever_is_woken_before_it_waits_does_not_wait() -> None:
    """Another thread may publish between the look at what there is and the waiting for more."""
    hub = Hub()
    subscription = hub.subscribe("a")
    woken: list[str] = []
    assert (subscription.poll(None) or b"").startswith(b"id: ")
    assert subscription.poll(None) == b""
    id = hub.publish("a", "1")
    assert subscription.wait(lambda: woken.append("in vain")) is False
    assert decode(subscription.poll(None) or b"") == [("1", id)]
    assert subscription.poll(None) == b""
    assert subscription.wait(lambda: woken.append("once")) is True
    hub.publish("a", "2")
    hub.publish("a", "3")
    assert woken == ["once"]
    assert [data for data, _ in decode(subscription.poll(None) or b"")] == ["2", "3"]


def test_two_who_wait_for_one_subscription() -> None:
    async def main() -> None:
        hub = Hub()
        (subscription,) = await ready(hub, 1)
        waiting = asyncio.ensure_future(anext(subscription))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="waited for already"):
            await anext(subscription)
        hub.publish("a", "1")
        assert decode(await waiting)[0][0] == "1"

    run(main)


def test_as_events() -> None:
    async def main() -> None:
        hub = Hub()
        id = hub.publish("a", "1", event="x")
        async with hub.subscribe("a", start="earliest").events() as events:
            assert await anext(events) == ServerSentEvent("x", "1", id)
            assert hub.presence("a") == 1
        assert hub.presence("a") == 0

    run(main)


def test_keys() -> None:
    hub = Hub(keep_events=2)
    first = hub.publish("a", "1", key="k")
    assert hub.publish("a", "again", key="k") == first
    assert hub.stats()["repeated"] == 1
    hub.publish("a", "2")
    hub.publish("a", "3")
    assert hub.publish("a", "1", key="k") != first, "it is not kept any more"


def test_names_of_others_are_no_selectors() -> None:
    hub = Hub()
    selected, named = hub.subscribe("room/*"), hub.subscribe("room/*", selectors=False)
    assert hub.presence("room/1") == 1
    assert hub.presence("room/*") == 2
    del selected, named


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (tidings.InvalidTopic, lambda hub: hub.publish("", "x")),
        (tidings.InvalidTopic, lambda hub: hub.publish("a\nb", "x")),
        (tidings.InvalidTopic, lambda hub: hub.publish([], "x")),
        (tidings.InvalidTopic, lambda hub: hub.publish(map(str, range(17)), "x")),
        (tidings.InvalidTopic, lambda hub: hub.publish((str(number) for number in iter(int, 1)), "x")),
        (tidings.InvalidTopic, lambda hub: hub.subscribe("x" * 1025)),
        (tidings.InvalidTopic, lambda hub: hub.subscribe([])),
        (tidings.InvalidTopic, lambda hub: hub.subscribe(map(str, range(257)))),
        (tidings.InvalidName, lambda hub: hub.publish("a", "x", event="a\nb")),
        (tidings.PublishError, lambda hub: hub.publish("a", "x" * 100)),
        (tidings.PublishError, lambda hub: hub.publish("a", "x", key="x" * 1025)),
        (TypeError, lambda hub: hub.publish("a")),
        (TypeError, lambda hub: hub.publish("a", "x", json=1)),
        (TypeError, lambda hub: hub.publish("a", b"x")),
        (TypeError, lambda hub: hub.publish("a", {"price": 1})),
        (TypeError, lambda hub: hub.publish(1, "x")),
        (TypeError, lambda hub: hub.publish([1], "x")),
        (ValueError, lambda hub: hub.subscribe("a", start="latest")),
        (OverflowError, lambda hub: hub.subscribe("a", start=-1)),
        (ValueError, lambda hub: Hub(keep_events=0)),
        (ValueError, lambda hub: Hub(keep_seconds=-1)),
        (ValueError, lambda hub: Hub(keep_seconds=float("nan"))),
        (ValueError, lambda hub: Hub(max_event_bytes=2**62)),
        (ValueError, lambda hub: Hub(slow="ignore")),  # type: ignore[arg-type]
    ],
)
def test_what_is_refused(error: type[Exception], call: Callable[[Hub], object]) -> None:
    hub = Hub(max_event_bytes=100)
    with pytest.raises(error):
        call(hub)
    assert hub.stats()["events"] == hub.stats()["subscribers"] == 0


def test_what_is_too_old() -> None:
    hub = Hub(keep_seconds=0.001)
    hub.publish("a", "1")
    while hub.stats()["events"]:
        pass
    assert decode(next(hub.subscribe("a", start="earliest").blocking())) == []


def test_a_fork_has_a_log_of_its_own() -> None:
    hub = Hub()
    of_both = hub.publish("a", "of the parent")
    subscription = hub.subscribe("a")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            assert hub.presence("a") == 0, "who subscribed is in the parent"
            frames = next(hub.subscribe("a", after=of_both, start="earliest").blocking())
            os.write(writing, frames + hub.publish("a", "x").encode() + str(list(subscription.blocking())).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read()
    assert os.waitpid(child, 0)[1] == 0
    epoch = of_both.partition("-")[0]
    assert b'"reason":"unknown-id"' in said
    assert epoch.encode() not in said
    assert said.endswith(b"-1[]")
    assert hub.publish("a", "y") == f"{epoch}-2"
    assert decode(next(hub.subscribe("a", after=of_both).blocking()))[0][0] == "y"


def test_nothing_holds_a_loop_or_a_hub() -> None:
    hub = Hub()
    loops: list[Any] = []

    async def main() -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        subscription = hub.subscribe("a")
        await anext(subscription)
        waiting = asyncio.ensure_future(anext(subscription))
        await asyncio.sleep(0)
        hub.publish("a", "x")
        await waiting
        # Somebody still waits when the loop ends.
        asyncio.ensure_future(anext(subscription)).add_done_callback(lambda task: task.cancelled())
        await asyncio.sleep(0)

    for _ in range(3):
        run(main)
    hub.publish("a", "y")
    gc.collect()
    assert [loop() for loop in loops] == [None] * 3
    assert hub.presence("a") == 0
    reference = weakref.ref(hub)
    del hub
    assert reference() is None


def test_a_loop_that_is_closed_while_somebody_waits(recwarn: pytest.WarningsRecorder) -> None:
    hub = Hub()
    event_loop = asyncio.new_event_loop()
    subscription = hub.subscribe("a")
    event_loop.run_until_complete(anext(subscription))
    waiting = event_loop.create_task(subscription.__anext__())
    event_loop.run_until_complete(asyncio.sleep(0, None))
    event_loop.close()
    assert hub.publish("a", "x"), "nobody is there to be woken, and the publisher does not hear of it"
    assert hub.publish("a", "y")
    waiting.get_coro().close()
    waiting._log_destroy_pending = False  # type: ignore[attr-defined]
    assert [data for data, _ in decode(next(subscription.blocking()))] == ["x", "y"]
