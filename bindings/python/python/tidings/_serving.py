"""What servers of both kinds have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

from ._tidings import ServerSentEvent, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    _Item = Union[str, bytes, ServerSentEvent, Mapping[str, Any]]

HEADERS = {
    "Content-Type": "text/event-stream",
    # Nobody may keep the response, and nobody on the way may compress it, which would hold events back.
    "Cache-Control": "no-cache, no-transform",
    # nginx passes on at once what it gets.
    "X-Accel-Buffering": "no",
}

KEEP_ALIVE = b":\n\n"
"""A comment: it shows that the other side is there, and means nothing."""


def frame(item: _Item) -> bytes:
    """The bytes of what a source yields."""
    if isinstance(item, bytes):
        return item
    if isinstance(item, str):
        return encode(item)
    if isinstance(item, ServerSentEvent):
        event = None if item.event == "message" else item.event
        return encode(item.data, event=event, id=item.id or None, retry=item.retry)
    return encode(**item)


def decode_last_event_id(value: bytes) -> str:
    """The value of the header, which is UTF-8 (HTML 9.2.4). One that no event can have had is none."""
    text = value.decode("utf-8", "replace")
    return "" if any(character in text for character in "\0\r\n") else text
