"""``python -m tidings``: an event stream as JSON lines, as the command ``tidings decode`` prints them."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from . import DEFAULT_MAX_EVENT_BYTES, Comment, Decoder, EventTooLarge, InvalidName, ReconnectionTime, ServerSentEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_CHUNK_BYTES = 1024 * 1024 * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Decodes what the arguments say, and returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        decoder = Decoder(
            max_event_bytes=options.max_event_bytes,
            last_event_id=options.last_event_id,
            comments=options.comments,
            reconnection_times=options.retry,
        )
    except (InvalidName, OverflowError) as error:
        parser.error(str(error))
    name = "standard input" if options.file == "-" else options.file
    try:
        # Unbuffered, so that a read gives what is there and waits only if there is nothing.
        with open(0 if options.file == "-" else options.file, "rb", buffering=0) as file:
            while chunk := file.read(options.chunk):
                _print(decoder.feed(chunk))
        decoder.close()
    except BrokenPipeError:
        # Whoever closes the pipe, as head does, has all it wants. Python would complain when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, EventTooLarge) as error:
        why = error.strerror if isinstance(error, OSError) else error
        print(f"tidings: {name}: {why}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130  # what a shell makes of SIGINT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tidings", description="Print the events of an event stream as JSON lines."
    )
    add = parser.add_argument
    add("--chunk", type=_size, default=65536, metavar="N", help="read at most N bytes at once; changes nothing else")
    add("--comments", action="store_true", help='print comments too: {"comment":"…"}')
    add("--retry", action="store_true", help='print reconnection times too, in milliseconds: {"retry":3000}')
    add("--max-event-bytes", type=int, default=DEFAULT_MAX_EVENT_BYTES, metavar="N", help="the largest event")
    add("--last-event-id", default="", metavar="ID", help="the last event ID to begin with")
    add("file", nargs="?", default="-", help='the event stream; standard input if absent or "-"')
    return parser


def _size(text: str) -> int:
    size = int(text)
    if not 1 <= size <= _MOST_CHUNK_BYTES:
        raise argparse.ArgumentTypeError(f"not 1 to {_MOST_CHUNK_BYTES}")
    return size


def _print(items: list[ServerSentEvent | Comment | ReconnectionTime]) -> None:
    output = sys.stdout.buffer
    for item in items:
        # No more than tidings decode escapes.
        line = json.dumps(_object(item), ensure_ascii=False, separators=(",", ":"))
        output.write(line.encode() + b"\n")
    output.flush()  # the next read may wait for long


def _object(item: ServerSentEvent | Comment | ReconnectionTime) -> dict[str, Any]:
    if isinstance(item, ServerSentEvent):
        return {"type": item.event, "data": item.data, "lastEventId": item.id}
    if isinstance(item, Comment):
        return {"comment": item.text}
    return {"retry": item.milliseconds}


if __name__ == "__main__":
    sys.exit(main())
