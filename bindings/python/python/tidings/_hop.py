"""One request of an attempt: the first, or one that a redirect has made of it (Fetch, HTTP-redirect fetch)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from ._errors import InvalidHeader, InvalidUrl, TooManyRedirects, UnexpectedRedirect
from .transports import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_REDIRECTS = 20
"""After so many it is taken for a loop (Fetch)."""

_OF_BODY = ("content-encoding", "content-language", "content-location", "content-type")
"""Headers that describe a body, and go with it."""

_NO_SECRETS = frozenset(
    (
        "accept",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "content-language",
        "content-type",
        "last-event-id",
        "pragma",
        "user-agent",
    )
)
"""All that may follow a redirect to another origin. Nobody can tell whether what is in another header is secret."""

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")


class Hop:
    """A request, until its answer is no redirect."""

    __slots__ = ("_redirects", "body", "connect_timeout", "cross_origin", "headers", "method", "url")

    def __init__(
        self, method: str, url: str, headers: dict[str, str], body: bytes | None, connect_timeout: float | None
    ) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.connect_timeout = connect_timeout
        self.cross_origin = False
        self._redirects = 0

    def request(self) -> Request:
        headers = self.headers.copy()
        return Request(self.method, self.url, headers, self.body, self.connect_timeout, self.cross_origin)

    def follow(self, status: int, headers: Mapping[str, str]) -> bool:
        """Goes where the response sends it. Returns whether it sends anywhere; if not, it is the answer."""
        if status not in (301, 302, 303, 307, 308):
            return False
        location = headers.get("location")
        if location is None:
            return False
        try:
            url = urljoin(self.url, location)
            crosses = origin(url) != origin(self.url)
        except ValueError as error:
            raise UnexpectedRedirect from error
        self._redirects += 1
        if self._redirects > _MAX_REDIRECTS:
            raise TooManyRedirects
        self._change_method(status)
        if crosses:
            self.cross_origin = True
            self.headers = {name: value for name, value in self.headers.items() if name in _NO_SECRETS}
        self.url = url
        return True

    def _change_method(self, status: int) -> None:
        if status in (301, 302):
            to_get = self.method == "POST"
        else:
            to_get = status == 303 and self.method not in ("GET", "HEAD")
        if to_get:
            self.method = "GET"
            self.body = None
            for name in _OF_BODY:
                self.headers.pop(name, None)


def origin(url: str) -> tuple[str, str, int]:
    """The origin of a URL of http or https. Raises ``ValueError`` for any other, and has no part of it in the text."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    else:
        if parts.scheme in ("http", "https") and host:
            return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)
    raise InvalidUrl("not a URL of http or https")


def sendable(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by their names in lower case. Raises ``InvalidHeader`` for what would be another header, or none."""
    checked = {}
    for name, value in headers.items():
        lower = name.lower()
        if not lower or not _TOKEN.issuperset(lower):
            raise InvalidHeader("the name of a header is not one")
        if not isinstance(value, str) or any(
            (character < " " and character != "\t") or character == "\x7f" for character in value
        ):
            raise InvalidHeader(f"the value of the header {lower!r} is not text that can be sent")
        checked[lower] = value.strip(" \t")
    return checked
