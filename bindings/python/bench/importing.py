"""What the package weighs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import zipfile
from pathlib import Path

import tidings
from cases import Figure

_PROGRAM = "import sys, time\nstart = time.process_time()\n{}\nprint((time.process_time() - start) * 1e3)"


def figures(repetitions: int) -> list[Figure]:
    """How long importing takes, and how large a wheel of it is."""

    def milliseconds() -> float:
        program = _PROGRAM.format("import tidings")
        return float(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout)

    package = Path(tidings.__file__).parent
    wheel = Path(sys.prefix) / "wheel.zip"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as file:
        for path in package.iterdir():
            if path.is_file():
                file.write(path, path.name)
    size = wheel.stat().st_size / 2**20
    wheel.unlink()
    return [
        Figure("import tidings", statistics.median(milliseconds() for _ in range(repetitions)), "ms", 15),
        Figure("wheel", size, "MiB", 1.5),
    ]
