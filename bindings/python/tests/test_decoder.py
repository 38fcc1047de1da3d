"""The decoder, where the vectors do not reach."""

from __future__ import annotations

import array
import copy
import gc
import pickle
import sys
import threading
from typing import Any

import pytest
import tidings
from hypothesis import given
from hypothesis import strategies as st
from tidings import Comment, Decoder, ReconnectionTime, ServerSentEvent

STREAM = "id: 1\nevent: é\ndata: 消息\n\n: comment\n\ndata: two\r\ndata: lines\r\rretry: 5\n\n".encode()
EVENTS = [ServerSentEvent("é", "消息", "1"), ServerSentEvent("message", "two\nlines", "1")]


@pytest.mark.parametrize(
    "buffer",
    [
        bytes,
        bytearray,
        memoryview,
        lambda data: memoryview(bytearray(data)),
        lambda data: array.array("B", data),
        lambda data: memoryview(bytes(byte for byte in data for _ in range(2)))[::2],
        type("Bytes", (bytes,), {}),
    ],
)
def test_any_buffer(buffer: Any) -> None:
    assert Decoder().feed(buffer(STREAM)) == EVENTS
    assert list(tidings.iter_events([buffer(STREAM)])) == EVENTS


def test_a_buffer_is_not_kept() -> None:
    chunk = bytearray(b"data: kept\ndata: half")
    decoder = Decoder()
    assert decoder.feed(chunk) == []
    chunk.clear()  # would be a BufferError if it were
    assert decoder.feed(b"\n\n") == [ServerSentEvent(data="kept\nhalf")]


@pytest.mark.parametrize(
    ("chunk", "says"), [("data: x\n\n", "not str"), (5, "not int"), (None, "not NoneType"), ([1], "not list")]
)
def test_what_is_no_bytes(chunk: Any, says: str) -> None:
    decoder = Decoder()
    with pytest.raises(TypeError, match=says):
        decoder.feed(chunk)
    assert decoder.feed(STREAM) == EVENTS


def test_options() -> None:
    with pytest.raises(tidings.InvalidName):
        Decoder(last_event_id="1\n2")
    with pytest.raises(ValueError):
        Decoder(last_event_id="1\0")
    with pytest.raises(OverflowError):
        Decoder(max_event_bytes=-1)
    with pytest.raises(TypeError):
        Decoder("1")  # type: ignore[call-overload]
    assert tidings.DEFAULT_MAX_EVENT_BYTES == 16 * 1024 * 1024
    assert Decoder(last_event_id="7").feed(b"data\n\n") == [ServerSentEvent(id="7", data="")]


def test_close_and_reset() -> None:
    for reset in (False, True):
        decoder = Decoder()
        decoder.feed(b"retry: 5\nid: 1\ndata: x\n\nid: 2\ndata: ")
        if reset:
            decoder.reset()
        else:
            assert decoder.close() is True
        assert decoder.close() is False
        assert (decoder.last_event_id, decoder.reconnection_time_ms) == ("1", 5)
        assert decoder.feed(b"\xef\xbb\xbfdata: y\n\n") == [ServerSentEvent(data="y", id="1")], "a stream of its own"


def test_nothing_before_an_error_is_lost() -> None:
    stream = b"data: one\n\ndata: two\n\ndata: too large\n\ndata: not read\n\n"
    decoder = Decoder(max_event_bytes=5)
    assert [event.data for event in decoder.feed(stream)] == ["one", "two"]
    for _ in range(2):
        with pytest.raises(tidings.EventTooLarge) as raised:
            decoder.feed(b"data: x\n\n")
        assert (raised.value.position, raised.value.max_event_bytes) == (33, 5)
        assert "33" in str(raised.value)
    with pytest.raises(tidings.EventTooLarge):
        decoder.close()
    assert decoder.close() is False
    assert decoder.feed(b"data: x\n\n") == [ServerSentEvent(data="x")]

    with pytest.raises(tidings.EventTooLarge):
        decoder.feed(b"data: too large")
    decoder.reset()
    assert decoder.feed(b"data: x\n\n") == [ServerSentEvent(data="x")]


def test_errors_can_be_pickled() -> None:
    with pytest.raises(tidings.EventTooLarge) as raised:
        Decoder(max_event_bytes=1).feed(b"data: ab")
    error = pickle.loads(pickle.dumps(raised.value))
    assert (str(error), error.position) == (str(raised.value), raised.value.position)
    assert isinstance(error, tidings.TidingsError)
    assert isinstance(error, ValueError)
    error = pickle.loads(pickle.dumps(tidings.UnexpectedStatus(404, threading.Lock())))
    assert (error.status, error.response, str(error)) == (404, None, "status 404 instead of 200")


# What each event of a stream has as `retry`: the reconnection time of its own block.
RETRIES = [
    (b"retry: 5\ndata: x\n\n", [5]),
    (b"data: x\nretry: 5\n\ndata: y\n\n", [5, None]),
    (b"retry: 5\n\ndata: x\n\n", [None]),
    (b"retry: 5\r\n\r\ndata: x\r\n\r\n", [None]),
    (b"retry: 5\r\rdata: x\r\r", [None]),
    (b"retry: 5\r\ndata: x\r\n\r\n", [5]),
    (b"retry: 5\rdata: x\r\r", [5]),
    (b"retry: 5\n: comment\nid: 1\nunknown\ndata: x\ndata: y\n\n", [5]),
    (b"retry: 5\n: comment\n\ndata: x\n\n", [None]),
    (b"retry: 5\nretry: 7\nretry: x\ndata: x\n\n", [7]),
    (b"retry: 5\n\nretry: 7\ndata: x\r\r\n\ndata: y\n\n", [7, None]),
    (b"retry: 5\r\n\ndata: x\n\n", [None]),
    (b"data: x\rretry: 5\r\r\ndata: y\n\n", [5, None]),
    (b"retry: 18446744073709551616\ndata\n\n", [2**64 - 1]),
]


@pytest.mark.parametrize(("stream", "want"), RETRIES)
def test_retry_is_of_its_own_block(stream: bytes, want: list[int | None]) -> None:
    for at in range(len(stream) + 1):
        found = tidings.iter_events([stream[:at], stream[at:]])
        assert [event.retry for event in found] == want, at
    found = tidings.iter_events([stream[at : at + 1] for at in range(len(stream))])
    assert [event.retry for event in found] == want


@given(
    st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b"retry: 5", b"retry: 7", b"data: x", b": c"]), max_size=20),
    st.data(),
)
def test_retry_in_any_block(pieces: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(pieces)
    want, retry, has_data = [], None, False
    for line in stream.splitlines(keepends=False) if stream.endswith((b"\n", b"\r")) else stream.splitlines()[:-1]:
        if line.startswith(b"retry: ") and line[7:].isdigit():
            retry = int(line[7:])
        elif line.startswith(b"data"):
            has_data = True
        elif not line:
            want += [retry] * has_data
            retry, has_data = None, False
    cut = data.draw(st.integers(0, len(stream)))
    assert [event.retry for event in tidings.iter_events([stream[:cut], stream[cut:]])] == want


@given(
    st.binary(max_size=200)
    | st.lists(st.sampled_from([b"data", b":", b" ", b"\n", b"\r", b"id", b"event", b"\0", b"\xff", "é".encode()])).map(
        b"".join
    ),
    st.data(),
)
def test_chunks_make_no_difference(stream: bytes, data: st.DataObject) -> None:
    whole = Decoder(comments=True, reconnection_times=True)
    want = whole.feed(stream)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    decoder, found = Decoder(comments=True, reconnection_times=True), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)]):
        found += decoder.feed(stream[start:end])
    assert found == want
    assert (decoder.last_event_id, decoder.reconnection_time_ms) == (whole.last_event_id, whole.reconnection_time_ms)
    assert decoder.close() == whole.close()


def test_objects_are_shared() -> None:
    stream = b"".join(b"event: type-%d\nid: same\ndata\n\n" % (number % 3) for number in range(9))
    events = Decoder().feed(stream)
    assert len({id(event.event) for event in events}) == 3
    assert len({id(event.id) for event in events}) == 1


def test_many_event_types() -> None:
    stream = b"".join(b"event: %d\ndata\n\n" % (number % 20) for number in range(100))
    stream += b"event: %s\ndata\n\n" % (b"x" * 1000) * 2
    want = [str(number % 20) for number in range(100)] + ["x" * 1000] * 2
    assert [event.event for event in Decoder().feed(stream)] == want


def test_threads_that_share_a_decoder() -> None:
    """Each call takes its chunk as a whole, or says that it cannot."""
    decoder = Decoder()
    counts, errors = [], []

    def feed() -> None:
        for _ in range(2000):
            try:
                counts.append(len(decoder.feed(b"data: x\n\n" * 50)))
            except RuntimeError as error:
                errors.append(error)

    threads = [threading.Thread(target=feed) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counts) + len(errors) == 8000
    assert set(counts) == {50}
    assert all("in use by another thread" in str(error) for error in errors)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the garbage collector no longer runs while objects are made")
def test_a_decoder_within_itself() -> None:
    decoder = Decoder()
    errors = []

    def collect(phase: str, info: dict[str, int]) -> None:
        try:
            decoder.feed(b"data: injected\n\n")
        except RuntimeError as error:
            errors.append(str(error))

    gc.callbacks.append(collect)
    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        found = [decoder.feed(b"data: x\n\n" * 100) for _ in range(100)]
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(collect)
    assert found == [[ServerSentEvent(data="x")] * 100] * 100
    assert any("in use by another thread or further up the stack" in error for error in errors)


def test_items_are_values() -> None:
    for item, same, other, text in [
        (
            ServerSentEvent("a", "b", "c", 5),
            ServerSentEvent(event="a", data="b", id="c", retry=5),
            ServerSentEvent("a", "b", "c"),
            "ServerSentEvent(event='a', data='b', id='c', retry=5)",
        ),
        (
            ServerSentEvent(),
            ServerSentEvent("message", "", "", None),
            ServerSentEvent(data="x"),
            "ServerSentEvent(event='message', data='', id='', retry=None)",
        ),
        (Comment("it's"), Comment(text="it's"), Comment(""), 'Comment(text="it\'s")'),
        (
            ReconnectionTime(5),
            ReconnectionTime(milliseconds=5),
            ReconnectionTime(6),
            "ReconnectionTime(milliseconds=5)",
        ),
    ]:
        assert item == same and hash(item) == hash(same) and not item != same
        assert item != other and not item == other and item != "x" and item != None
        assert repr(item) == text == repr(eval(text))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(item, protocol)) == item
        assert copy.copy(item) == copy.deepcopy(item) == item
        with pytest.raises(AttributeError):
            item.data = item.text = item.milliseconds = "x"  # type: ignore
        with pytest.raises(TypeError):
            item < same  # type: ignore
    assert ServerSentEvent.__module__ == tidings.UnexpectedStatus.__module__ == "tidings"


@pytest.mark.parametrize(
    ("arguments", "keywords", "error"),
    [
        ((5,), {}, TypeError),
        ((), {"data": b"x"}, TypeError),
        ((), {"retry": "5"}, TypeError),
        ((), {"retry": -1}, OverflowError),
        ((), {"retry": 1 << 64}, OverflowError),
        ((), {"nothing": 1}, TypeError),
        (("a",), {"event": "a"}, TypeError),
        (("a", "b", "c", 5, 6), {}, TypeError),
    ],
)
def test_what_is_no_event(arguments: Any, keywords: Any, error: type[Exception]) -> None:
    for make in (ServerSentEvent, lambda *args, **kwargs: ServerSentEvent.__new__(ServerSentEvent, *args, **kwargs)):
        with pytest.raises(error):
            make(*arguments, **keywords)


def test_events_cannot_be_half_made() -> None:
    with pytest.raises(TypeError, match="not safe"):
        object.__new__(ServerSentEvent)
    with pytest.raises(TypeError):
        type("Mine", (ServerSentEvent,), {})

    class Alike:
        __slots__ = ("data", "event", "id", "retry")

    for value, other in ((ServerSentEvent(), Alike), (Alike(), ServerSentEvent)):
        with pytest.raises(TypeError):
            value.__class__ = other


def test_events_keep_what_they_have_and_no_longer() -> None:
    def make() -> ServerSentEvent:
        return ServerSentEvent(event, data, id, 1 << 60)

    def counts() -> list[int]:
        return [sys.getrefcount(counted) for counted in (event, data, id, ServerSentEvent)]

    # Put together at run time, so that nobody else has them.
    event, data, id = ("".join(("a text", kind)) for kind in "abc")
    before = counts()
    events = [make() for _ in range(100)]
    assert counts()[:3] == [count + 100 for count in before[:3]]
    assert {copy.copy(events[8]), *events} == {events[7]}
    kept = [(event.data, event.retry) for event in events]
    del events
    assert kept == [(data, 1 << 60)] * 100
    del kept
    assert counts() == before


def test_the_garbage_collector_does_not_see_events() -> None:
    # So many that they are not all in memory that was an event's before.
    assert not any(gc.is_tracked(event) for event in Decoder().feed(b"id: 7\ndata: x\n\n" * 1000))


def test_json() -> None:
    assert ServerSentEvent(data='{"a": [1, "é"]}').json() == {"a": [1, "é"]}
    with pytest.raises(ValueError):
        ServerSentEvent(data="{").json()


def test_version() -> None:
    from pathlib import Path

    import tomllib

    manifest = tomllib.loads((Path(__file__).parents[3] / "Cargo.toml").read_text())
    assert tidings.__version__ == manifest["workspace"]["package"]["version"]
