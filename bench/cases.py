"""Cases of what a telephone line sounds like: a TSV with the header `wav`, `expected`."""

from __future__ import annotations

import csv
import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.peers import g711

FRAME_BYTES = 320


@dataclass(frozen=True, slots=True)
class Case:
    """One sound (s16le mono, 8000 Hz) and what it is."""

    name: str
    expected: str
    pcm: bytes

    def frames(self) -> Iterator[bytes]:
        """The sound in pieces of 20 ms; the last is filled up with silence."""
        for at in range(0, len(self.pcm), FRAME_BYTES):
            yield self.pcm[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")


def read_cases(path: Path) -> Iterator[Case]:
    """Read the cases; each wav's path is relative to the file.

    Raises ValueError with the case's name when a wav is not 16-bit mono at 8000 Hz.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    for row in rows:
        with wave.open(str(path.parent / row["wav"])) as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            if form != (1, 2, 8000):
                raise ValueError(f"{row['wav']}: not 16-bit mono at 8000 Hz but {form}")
            yield Case(row["wav"], row["expected"], file.readframes(file.getnframes()))


def write_cases(folder: Path, cases: Iterable[Case]) -> Path:
    """Write the cases as they come off a telephone (A-law); return the TSV's path."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["wav\texpected"]
    for case in cases:
        with wave.open(str(folder / case.name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(g711.decode(g711.encode(case.pcm)))
        lines.append(f"{case.name}\t{case.expected}")
    path = folder / "cases.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
