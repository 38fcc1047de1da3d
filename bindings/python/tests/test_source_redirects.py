"""Redirects: where to, with what method, and without whose secrets."""

from __future__ import annotations

from typing import Any

import pytest
import tidings
from server import Connection
from sources import GONE, Kind, Script, Server, answer, kind, stream
from tidings._hop import Hop

__all__ = ["kind"]


def redirect(location: str, status: str = "307 There") -> Script:
    return answer(status, f"Location: {location}")


def asked(expected: str, then: Script) -> Script:
    def script(connection: Connection) -> None:
        assert connection.head.startswith(expected.lower()), connection.head
        then(connection)

    return script


def test_each_attempt_begins_at_the_url_that_was_given(kind: Kind) -> None:
    scripts = (
        asked("GET /events", redirect("/there")),
        asked("GET /there", stream(b"id: 1\ndata: a\n\n")),
        asked("GET /events", redirect("elsewhere", "301 There")),
        asked("GET /elsewhere", GONE),
    )
    with Server(*scripts) as server, kind.source(server.url) as source:
        opened, event, _ = source.items()
        assert opened.url == f"http://{server.host}/there"
        assert opened.headers["content-type"] == "text/event-stream"
        assert event.id == "1"
        assert source.url == server.url


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_methods(kind: Kind, status: int, method: str) -> None:
    def there(connection: Connection) -> None:
        assert connection.head.startswith(f"{method.lower()} /there")
        assert connection.head.endswith("question") == (method == "POST")
        assert ("content-type: text/x-question\r\n" in connection.head) == (method == "POST")
        GONE(connection)

    with Server(asked("POST /events", redirect("/there", f"{status} There")), there) as server:
        options: dict[str, Any] = {"method": "POST", "body": "question", "headers": {"Content-Type": "text/x-question"}}
        with kind.source(server.url, **options) as source:
            assert list(source) == []


def test_no_credentials_go_to_another_origin(kind: Kind) -> None:
    secrets = ("x-key", "x-fresh", "authorization", "cookie", "x-client")

    def here(connection: Connection) -> None:
        assert all(f"{secret}: " in connection.head for secret in secrets), connection.head
        redirect(f"http://{other.host}/there")(connection)

    def there(connection: Connection) -> None:
        assert not any(f"{secret}: " in connection.head for secret in secrets), connection.head
        assert "last-event-id: 5\r\n" in connection.head
        assert "accept: text/event-stream\r\n" in connection.head
        redirect(f"http://{server.host}/back")(connection)

    def back(connection: Connection) -> None:
        assert not any(f"{secret}: " in connection.head for secret in secrets), connection.head
        GONE(connection)

    with Server(there) as other, Server(here, back) as server:
        options: dict[str, Any] = {
            "client": {"headers": {"X-Client": "secret"}, "cookies": {"session": "secret"}},
            "headers": {"X-Key": "secret", "Authorization": "secret"},
            "fresh_headers": lambda attempt: {"X-Fresh": "secret"},
            "last_event_id": "5",
        }
        with kind.source(server.url, **options) as source:
            assert list(source) == []


def test_no_password_of_the_client_goes_to_another_origin(kind: Kind) -> None:
    def here(connection: Connection) -> None:
        assert "authorization: basic " in connection.head
        redirect(f"http://{other.host}/there")(connection)

    def there(connection: Connection) -> None:
        assert "authorization" not in connection.head
        GONE(connection)

    with Server(there) as other, Server(here) as server:
        with kind.source(server.url, client={"auth": ("user", "secret")}) as source:
            assert list(source) == []


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/", "file:///secret"])
def test_to_where_no_http_is_spoken(kind: Kind, location: str) -> None:
    with Server(redirect(location)) as server, kind.source(server.url) as source:
        with pytest.raises(tidings.UnexpectedRedirect) as caught:
            list(source)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "location", ["http://:secret/", "http://[secret", "http://127.0.0.1:secret/", "javascript:secret"]
)
def test_to_what_is_no_url(location: str) -> None:
    """Without a library: httpx raises an error of its own, which is retried."""
    hop = Hop("GET", "http://127.0.0.1/", {}, None, None)
    with pytest.raises(tidings.UnexpectedRedirect) as caught:
        hop.follow(307, {"location": location})
    assert "secret" not in str(caught.value)


def test_without_end(kind: Kind) -> None:
    scripts = [redirect("/events")] * 21
    with Server(*scripts, GONE) as server, kind.source(server.url) as source:
        [item] = source.items()
        assert isinstance(item.error, tidings.TooManyRedirects)


def test_without_a_location_it_is_a_status(kind: Kind) -> None:
    with Server(answer("302 Where")) as server, kind.source(server.url) as source:
        with pytest.raises(tidings.UnexpectedStatus):
            list(source)
