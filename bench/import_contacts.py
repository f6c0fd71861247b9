"""How fast and in how much memory contacts are imported:
`python -m bench.import_contacts [--rows 1000000]`.

Imports a CSV file of distinct mobile numbers with two attributes through the use case that the
command line and HTTP use, into a fresh database. The last line printed is JSON: rows, seconds, and
`rss_mb`, the most memory this process and those it started for the import held at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.database import fresh_database
from campaigns.clock import SystemClock
from campaigns.contacts import ContactList, Contacts
from campaigns.store.database import Database
from campaigns.vault import Vault

_SAMPLE_S = 0.2
_MATTERS = ("个人所得税汇算", "发票领用", "社保缴费", "车船税")


def main(rows: int) -> int:
    """Import `rows` contacts; exit code 1 when one is missing."""
    with tempfile.TemporaryDirectory() as folder, fresh_database() as url:
        file = Path(folder) / "contacts.csv"
        _write(file, rows)
        print(f"{file.stat().st_size / 1e6:.0f} MB of CSV", flush=True)
        with _peak_memory() as peak:
            began_s = time.monotonic()
            imported = asyncio.run(_import(url, file))
            seconds = time.monotonic() - began_s
    print(f"{imported.accepted} accepted, {imported.refused} refused")
    result = {"rows": rows, "seconds": round(seconds, 1), "rss_mb": round(peak[0] / 1e6)}
    print(json.dumps(result))
    return 0 if (imported.accepted, imported.refused) == (rows, 0) else 1


async def _import(url: str, file: Path) -> ContactList:
    database = Database(url)
    try:
        return await Contacts(database, Vault(bytes(32)), SystemClock()).import_file("bench", file)
    finally:
        await database.close()


def _write(file: Path, rows: int) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.write("手机号码,姓名,事项\n")
        for row in range(rows):
            number = 13_000_000_000 + row * 1021 % 1_000_000_000
            out.write(f"{number},纳税人{row},{_MATTERS[row % len(_MATTERS)]}\n")


@contextmanager
def _peak_memory() -> Iterator[list[int]]:
    """Yield a cell with the peak so far, in bytes, of this process and its Python children."""
    me, peak, over = psutil.Process(), [0], threading.Event()

    def watch() -> None:
        while not over.wait(_SAMPLE_S):
            peak[0] = max(peak[0], sum(_rss(each) for each in (me, *me.children(recursive=True))))

    watcher = threading.Thread(target=watch, name="memory-watch")
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def _rss(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss if process.name().startswith("python") else 0
    except psutil.NoSuchProcess:
        return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    sys.exit(main(parser.parse_args().rows))
