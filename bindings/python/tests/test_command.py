"""``python -m tidings``, which prints what ``tidings decode`` does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from vectors import load

STREAM = (
    '\ufeff: c\nretry: 3000\n\ndata: "\\ é\x7f\x01\t\ndata: \u2028\n\nevent: x\nid: 7\ndata\n\ndata: dropped'.encode()
)
EVENTS = (
    '{"type":"message","data":"\\"\\\\ é\x7f\\u0001\\t\\n\u2028","lastEventId":""}\n'
    '{"type":"x","data":"","lastEventId":"7"}\n'
).encode()


def command(*arguments: str, stream: bytes = STREAM, status: int = 0) -> tuple[bytes, str]:
    result = subprocess.run([sys.executable, "-m", "tidings", *arguments], input=stream, capture_output=True)
    assert result.returncode == status, result.stderr
    return result.stdout, result.stderr.decode()


def test_decode(tmp_path: Path) -> None:
    assert command() == (EVENTS, "")
    assert command("-") == (EVENTS, "")
    assert command("--chunk", "1") == (EVENTS, "")
    assert command("--comments", "--retry") == (b'{"comment":"c"}\n{"retry":3000}\n' + EVENTS, "")
    assert (
        command("--last-event-id", "é", stream=b"data\n\n")[0]
        == '{"type":"message","data":"","lastEventId":"é"}\n'.encode()
    )
    file = tmp_path / "stream"
    file.write_bytes(STREAM)
    assert command(str(file), stream=b"data\n\n") == (EVENTS, "")


def test_a_vector_is_the_same_lines() -> None:
    for vector in load()[::40]:
        if vector.outcome["error"] is None and "last_event_id" not in vector.options:
            options = ["--retry", *["--comments"] * vector.options["comments"]]
            if "max_event_bytes" in vector.options:
                options += ["--max-event-bytes", str(vector.options["max_event_bytes"])]
            lines = command(*options, stream=b"".join(vector.chunks))[0].splitlines()
            assert [json.loads(line) for line in lines] == vector.outcome["items"]


def test_failures(tmp_path: Path) -> None:
    output, errors = command("--max-event-bytes", "3", stream=b"data: a\n\ndata: too large\n\n", status=1)
    assert output == b'{"type":"message","data":"a","lastEventId":""}\n'
    assert errors == "tidings: standard input: event exceeds the limit of 3 bytes at byte 18 of the event stream\n"
    missing = tmp_path / "missing"
    assert command(str(missing), status=1) == (b"", f"tidings: {missing}: No such file or directory\n")
    for wrong in (
        ["--chunk", "0"],
        ["--chunk", "x"],
        ["--last-event-id", "a\nb"],
        ["--max-event-bytes", "-1"],
        ["a", "b"],
    ):
        output, errors = command(*wrong, status=2)
        assert errors.startswith("usage: python -m tidings")


def test_events_come_at_once_and_the_reader_may_leave() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tidings"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )
    assert process.stdin and process.stdout and process.stderr
    for _ in range(3):
        process.stdin.write(b"data: a\n\n")
        process.stdin.flush()
        assert process.stdout.readline() == b'{"type":"message","data":"a","lastEventId":""}\n'
    process.stdout.close()
    process.stdin.write(b"data: a\n\n")
    process.stdin.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(20) == 0


def test_interrupted() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tidings"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(b"data: a\n\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr.read() == b""
