"""What an event source does with each library, against a real server."""

from __future__ import annotations

import time
from typing import Any
from unittest.mock import Mock

import pytest
import requests
import tidings
from server import Connection
from sources import GONE, Kind, Server, answer, kind, one_kind, stream
from tidings import Comment, Open, ReadyState, Reconnecting, ServerSentEvent

__all__ = ["kind", "one_kind"]


def told(items: Any) -> list[Any]:
    """Items as a test writes them down."""
    told: list[Any] = []
    for item in items:
        match item:
            case Open():
                told.append("open")
            case Reconnecting(_, error):
                told.append(type(error).__name__)
            case ServerSentEvent(_, data):
                told.append(data)
            case _:
                told.append(item)
    return told


def test_resumes_behind_the_last_event(kind: Kind) -> None:
    heads: list[bytes] = []

    def first(connection: Connection) -> None:
        heads.append(connection.raw_head)
        connection.head_of()
        connection.send("id: ü-1\ndata: one\n\nid: 2\ndata: ha".encode())
        connection.kill()

    def second(connection: Connection) -> None:
        heads.append(connection.raw_head)
        stream(b"data: two\n\n")(connection)

    with Server(first, second, GONE) as server, kind.source(server.url) as source:
        assert told(source.items()) == ["open", "one", "ConnectionFailed", "open", "two", "StreamEnded"]
        assert source.last_event_id == "ü-1"
        assert source.ready_state is ReadyState.CLOSED
        assert list(source) == []
    assert b"last-event-id" not in heads[0].lower()
    assert b"last-event-id: \xc3\xbc-1\r\n" in heads[1].replace(b"Last-Event-ID", b"last-event-id")
    assert heads[0].startswith(b"GET /events?key=secret HTTP/1.1\r\n")
    for header in (b"accept: text/event-stream\r\n", b"cache-control: no-cache\r\n"):
        assert heads[0].lower().count(header) == 1


def test_an_id_counts_when_its_event_is_taken(one_kind: Kind) -> None:
    with Server(stream(b"id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\n\n", end="gone")) as server:
        with one_kind.source(server.url, last_event_id="0") as source:
            assert source.last_event_id == "0"
            items = source.items()
            assert isinstance(next(items), Open)
            assert (next(items).id, source.last_event_id) == ("1", "1")
            assert (next(items).id, source.last_event_id) == ("2", "2")


def test_a_server_that_is_restarted(kind: Kind) -> None:
    with Server(stream(b"id: 7\ndata: before\n\n")) as server, kind.source(server.url) as source:
        items = source.items()
        assert told([next(items) for _ in range(3)]) == ["open", "before", "StreamEnded"]
        server.__exit__(None)
        refused = next(items)
        assert isinstance(refused.error, tidings.ConnectionFailed)
        assert isinstance(refused.error, ConnectionError)
        assert refused.error.__cause__ is not None
        assert "secret" not in str(refused.error)

        def after(connection: Connection) -> None:
            assert "last-event-id: 7\r\n" in connection.head
            stream(b"data: after\n\n", end="gone")(connection)

        again = Server(after)
        port = int(server.host.rpartition(":")[2])
        again._listener.close()
        again._listener = __import__("socket").create_server(("127.0.0.1", port))
        with again:
            assert told([next(items) for _ in range(2)]) in (["open", "after"], ["ConnectionFailed", "open"])
            source.close()


def test_the_server_says_that_there_is_no_more(kind: Kind) -> None:
    with Server(GONE) as server, kind.source(server.url) as source:
        assert list(source.items()) == []
        assert source.ready_state is ReadyState.CLOSED


def test_another_status_fails(kind: Kind) -> None:
    with Server(answer("503 No", "Retry-After: 9", body=b"because")) as server, kind.source(server.url) as source:
        with pytest.raises(tidings.UnexpectedStatus) as caught:
            list(source)
        assert (caught.value.status, caught.value.body) == (503, b"because")
        response = caught.value.response
        assert getattr(response, "status_code", None) or response.status == 503
        assert "secret" not in str(caught.value)
        assert list(source) == []


def test_another_status_is_retried_after_what_the_server_says(one_kind: Kind) -> None:
    script = answer("503 No", "Retry-After: 1", body=b"because")
    with Server(script, GONE) as server, one_kind.source(server.url, retry_statuses=[503]) as source:
        start = time.monotonic()
        [item] = source.items()
        assert time.monotonic() - start >= 1
        assert item.delay == 1.0
        assert (item.error.status, item.error.body) == (503, b"because")


def test_another_content_type_fails(kind: Kind) -> None:
    with Server(answer("200 OK", body=b"<login>", content_type="text/html")) as server:
        with kind.source(server.url, retry_statuses=[200]) as source:
            with pytest.raises(tidings.UnexpectedContentType) as caught:
                list(source)
            assert (caught.value.content_type, caught.value.body) == ("text/html", b"<login>")


def test_a_refusal_that_does_not_end(one_kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came in time is there. It has longer than the head, which came in time: what that says is final."""
    monkeypatch.setattr("tidings._source.REFUSAL_SECONDS", 1.0)
    monkeypatch.setattr("tidings._async_source.REFUSAL_SECONDS", 1.0)

    def script(connection: Connection) -> None:
        connection.head_of(status="403 No")
        connection.send(b"because")
        connection.gone()

    with Server(script) as server, one_kind.source(server.url, connect_timeout=0.5) as source:
        wait = Mock(wraps=source._link.wait)
        monkeypatch.setattr(source._link, "wait", wait)
        with pytest.raises(tidings.UnexpectedStatus) as caught:
            list(source)
        assert (caught.value.status, caught.value.body) == (403, b"because")
        assert wait.call_count < 10, "it waits, and does not look again and again"


def test_a_refusal_without_end(kind: Kind) -> None:
    """No more of it is read than is kept."""

    def script(connection: Connection) -> None:
        connection.head_of(status="500 No")
        with pytest.raises(ConnectionError):
            while True:
                connection.send(b"x" * 65536)

    with Server(script) as server, kind.source(server.url) as source:
        with pytest.raises(tidings.UnexpectedStatus) as caught:
            list(source)
        assert caught.value.body == b"x" * 65536


def test_fresh_headers(one_kind: Kind) -> None:
    attempts: list[tidings.Attempt] = []

    def fresh(attempt: tidings.Attempt) -> dict[str, str]:
        attempts.append(attempt)
        if len(attempts) == 2:
            raise LookupError("no token")
        return {"Authorization": f"Bearer {len(attempts)}", "Last-Event-ID": "mine"}

    async def afresh(attempt: tidings.Attempt) -> dict[str, str]:
        return fresh(attempt)

    def with_token(token: str, then: Any) -> Any:
        def script(connection: Connection) -> None:
            assert f"authorization: bearer {token}\r\n" in connection.head
            assert "last-event-id" not in connection.head
            assert "x-tenant: 7\r\n" in connection.head
            then(connection)

        return script

    scripts = (with_token("1", answer("401 No")), with_token("3", GONE))
    options: dict[str, Any] = {"fresh_headers": afresh if one_kind.is_async else fresh, "headers": {"X-Tenant": "7"}}
    with Server(*scripts) as server, one_kind.source(server.url, retry_statuses=[401], **options) as source:
        refused, failed = source.items()
        assert isinstance(refused.error, tidings.UnexpectedStatus)
        assert isinstance(failed.error, tidings.FreshHeadersFailed)
        assert isinstance(failed.error.__cause__, LookupError)
    assert attempts == [(0, None), (1, 401), (2, None)]


def test_no_response_in_time(kind: Kind) -> None:
    with Server(Connection.gone, GONE) as server, kind.source(server.url, connect_timeout=0.2) as source:
        [item] = source.items()
        assert isinstance(item.error, tidings.ConnectTimeout)
        assert isinstance(item.error, TimeoutError)


def test_no_response_in_time_and_the_library_is_the_first_to_notice() -> None:
    with tidings.EventSource("http://127.0.0.1/", client=requests.Session(), connect_timeout=0.01) as source:
        core = source._link.core
        assert next(core.machine).kind == "connect"  # type: ignore[union-attr]
        core.machine.handle_connecting(0)
        while core.machine.timeout():
            time.sleep(0.001)
        core.fail(OSError(), (OSError,))
        assert next(core.machine).cause == "connect_timeout"  # type: ignore[union-attr]


def test_silence(kind: Kind) -> None:
    """The client takes the connection for dead, and closes it."""
    script = stream(b"data: a\n\n", end="gone")
    with Server(script, GONE) as server, kind.source(server.url, idle_timeout=0.2) as source:
        assert told(source.items()) == ["open", "a", "IdleTimeout"]


def test_silence_is_allowed(kind: Kind) -> None:
    """For longer than the head of the response may take, and than the libraries wait by themselves."""

    def script(connection: Connection) -> None:
        connection.head_of()
        time.sleep(0.5)
        connection.send(b"data: a\n\n")
        connection.gone()

    with Server(script) as server, kind.source(server.url, connect_timeout=0.2) as source:
        items = source.items()
        assert told([next(items), next(items)]) == ["open", "a"]


def test_the_time_of_the_user_is_no_silence(one_kind: Kind) -> None:
    def script(connection: Connection) -> None:
        connection.head_of()
        connection.send(b"data: a\n\n")
        time.sleep(0.4)
        connection.send(b"data: b\n\n")
        connection.gone()

    with Server(script) as server, one_kind.source(server.url, idle_timeout=0.3) as source:
        items = source.items()
        assert told([next(items), next(items)]) == ["open", "a"]
        time.sleep(0.35)
        assert told([next(items)]) == ["b"]


def test_delays_grow(one_kind: Kind) -> None:
    scripts = [answer("500 No")] * 3
    options: dict[str, Any] = {"retry_statuses": [500], "max_failures": 2, "reconnection_time_ms": 120}
    with Server(*scripts) as server, one_kind.source(server.url, **options) as source:
        items = source.items()
        assert [next(items).delay, next(items).delay] == [0.12, 0.24]
        with pytest.raises(tidings.UnexpectedStatus):
            next(items)


def test_what_the_stream_sets(one_kind: Kind) -> None:
    script = stream(b": hello\nretry: 150\ndata: a\n\n")
    with Server(script, GONE) as server, one_kind.source(server.url, comments=True) as source:
        items = list(source.items())
        assert items[1:3] == [Comment("hello"), ServerSentEvent("message", "a")]
        assert items[3].delay == 0.15
        assert source.reconnection_time_ms == 150


def test_without_reconnection(one_kind: Kind) -> None:
    with Server(stream(b"data: a\n\n")) as server, one_kind.source(server.url, reconnect=False) as source:
        assert told(source.items()) == ["open", "a"]
    with Server(stream(b"data: a\n\n", end="kill")) as server, one_kind.source(server.url, reconnect=False) as source:
        with pytest.raises(tidings.ConnectionFailed):
            list(source)


def test_an_event_that_is_too_large(one_kind: Kind) -> None:
    script = stream(b"data: a\n\ndata: " + b"x" * 2000, end="gone")
    with Server(script) as server, one_kind.source(server.url, max_event_bytes=1000) as source:
        events = iter(source)
        assert next(events).data == "a"
        with pytest.raises(tidings.EventTooLarge):
            next(events)


def test_an_id_that_cannot_be_sent(one_kind: Kind) -> None:
    with Server(stream(b"id: a\x01\ndata: a\n\n")) as server, one_kind.source(server.url) as source:
        items = source.items()
        assert told([next(items) for _ in range(3)]) == ["open", "a", "StreamEnded"]
        with pytest.raises(tidings.UnsendableLastEventId):
            next(items)


def test_compressed(kind: Kind) -> None:
    def script(connection: Connection) -> None:
        connection.head_of(compressed=True)
        connection.send(b"data: a\n\n")
        connection.send(b"data: b\n\n")
        connection.end()

    with Server(script) as server, kind.source(server.url, reconnect=False) as source:
        assert told(source.items()) == ["open", "a", "b"]


def test_bytes_that_are_no_http(kind: Kind) -> None:
    def script(connection: Connection) -> None:
        connection.send(b"SSH-2.0-OpenSSH_9\r\n\r\n")

    with Server(script, GONE) as server, kind.source(server.url) as source:
        assert told(source.items()) == ["ConnectionFailed"]
