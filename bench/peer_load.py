"""The same load on pyVoIP or rfcvoip, run by the Python of an environment that has only that one.

Not imported by anything of ours: `python peer_load.py pyVoIP --port … --calls …`. The last line
printed is JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import resource
import socket
import sys
import threading
import time
import warnings
from typing import Any

_SETTLED_WITHIN_S = 15.0


def phone_of(library: str, port: int) -> Any:
    """Return a started phone for a direct peer on loopback, without registration."""
    voip = importlib.import_module(f"{library}.VoIP")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        own_port = probe.getsockname()[1]
    phone = voip.VoIPPhone(
        "127.0.0.1", port, "12366", "", myIP="127.0.0.1", sipPort=own_port,
        rtpPortLow=32000, rtpPortHigh=32700,
    )  # fmt: skip
    phone.sip.register = lambda: True
    phone.start()
    time.sleep(1.5)  # both begin to receive a second after the start
    return phone


class Load:
    """Calls that are dialled, kept up or hung up at once."""

    def __init__(self, phone: Any) -> None:
        self._phone = phone
        self._dialled: list[threading.Thread] = []
        self.calls: list[Any] = []
        self.setups: list[float] = []

    def dial_all(self, calls: int, rate: float, *, hang_up: bool) -> None:
        """Dial at a steady rate; return when all are answered or time is over."""
        due = time.monotonic()
        for number in range(calls):
            thread = threading.Thread(
                target=self._dial, args=(f"1380000{number:04d}", hang_up), daemon=True
            )
            thread.start()
            self._dialled.append(thread)
            due += 1 / rate
            time.sleep(max(0.0, due - time.monotonic()))
        limit = time.monotonic() + _SETTLED_WITHIN_S
        for thread in self._dialled:
            thread.join(max(0.0, limit - time.monotonic()))

    def _dial(self, number: str, hang_up: bool) -> None:
        began = time.monotonic()
        call = self._phone.call(number)
        while call.state.value != "ANSWERED":
            if time.monotonic() - began > _SETTLED_WITHIN_S:
                return
            time.sleep(0.005)
        self.setups.append(time.monotonic() - began)
        if hang_up:
            time.sleep(0.2)
            call.hangup()
        self.calls.append(call)

    def speak(self, seconds: float) -> None:
        """Speak and listen on every call for so long."""
        loud = bytes(0xC0 if at % 40 < 20 else 0x40 for at in range(int(8000 * (seconds + 5))))
        for call in self.calls:
            call.write_audio(loud)
        end = time.monotonic() + seconds
        due = time.monotonic()
        while time.monotonic() < end:
            for call in self.calls:
                if call.state.value == "ANSWERED":
                    call.read_audio(160, blocking=False)
            due = max(due + 0.02, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))


def main(arguments: list[str]) -> int:
    """Run the load and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", choices=["pyVoIP", "rfcvoip"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--churn", action="store_true", help="hang up at once")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    load = Load(phone_of(options.library, options.port))
    before = _held()
    dialling = time.monotonic()
    load.dial_all(options.calls, options.rate, hang_up=options.churn)
    took = time.monotonic() - dialling
    began_at, cpu_s = time.time(), time.process_time()
    if not options.churn:
        load.speak(options.seconds)
    ended_at = time.time()
    used = (time.process_time() - cpu_s) / max(0.001, ended_at - began_at)
    up = sum(call.state.value == "ANSWERED" for call in load.calls)
    setups = sorted(load.setups)
    figures = {
        "calls": options.calls,
        "set_up": len(setups),
        "setup_p95_ms": round(setups[int(len(setups) * 0.95)] * 1000) if setups else None,
        "rss_mb": _held()["rss_mb"],
        "threads": threading.active_count(),
    }
    if options.churn:
        time.sleep(1.0)
        figures |= {
            "seconds": round(took, 1),
            "calls_per_second": round(len(setups) / took, 1),
            "before": before,
            "after": _held(),
        }
    else:
        figures |= {
            "still_up": up,
            "cpu_percent_of_a_core": round(100 * used, 1),
            "cpu_percent_per_call": round(100 * used / max(1, len(setups)), 3),
            "began_at": began_at,
            "ended_at": ended_at,
        }
        for call in load.calls:
            with contextlib.suppress(Exception):
                call.hangup()
    print(json.dumps(figures), flush=True)
    os._exit(0)  # their threads do not end


def _held() -> dict[str, int]:
    with open("/proc/self/statm") as file:  # noqa: PTH123
        pages = int(file.read().split()[1])
    return {
        "descriptors": len(os.listdir("/proc/self/fd")),  # noqa: PTH208
        "threads": threading.active_count(),
        "rss_mb": round(pages * resource.getpagesize() / 1e6),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
