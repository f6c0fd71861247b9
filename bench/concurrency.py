"""Many calls at once through the dialer's telephone half: `python -m bench.concurrency`.

`echo`: SIPp answers N calls and echoes their sound; each call speaks without a pause. Signalling,
line, player and sealed recording are the real ones; nobody listens. pyVoIP and rfcvoip get the
same load from the same SIPp (`--peers none` leaves them out). `talk`: N conversations with callees
that speak and listen (bench.talking_callees); voice activity, recognition, end-pointing and
recording work as in a call, the dialogue answers at once without Rasa (bench.reply_latency runs
all of it). Gaps are those of arriving packets, by the kernel's clock.

CPU is the measured process's own, in percent of one core. The last line printed is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from bench import rtp_capture, sipp_callee
from bench.load_process import run_load
from bench.peer_environment import PACKAGES, PeerEnvironment, PeerUnavailable
from bench.rtp_capture import Capture
from bench.sipp_callee import SippCallee
from bench.talking_load import talk

_ECHO = Path(__file__).with_name("echo.xml")
_OURS = (sys.executable, "-m", "bench.dialer_load")
_SPARE_S = 90.0


async def measure(options: argparse.Namespace) -> dict[str, object]:
    """Run every part that was asked for."""
    figures: dict[str, object] = {"calls": options.calls}
    with tempfile.TemporaryDirectory(prefix="outbound-bench-") as name:
        folder = Path(name)
        if "echo" in options.parts:
            ours = await _echo(_OURS, options, folder)
            _show("outbound", ours)
            figures["echo"] = {"outbound": ours, **await _peers(options, folder)}
        if "talk" in options.parts:
            figures["talk"] = await talk(options.talk_calls or options.calls, options.seconds)
            _show("talk", figures["talk"])
    return figures


async def _peers(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    figures: dict[str, object] = {}
    for peer in options.peers:
        try:
            async with PeerEnvironment(peer) as environment:
                figures[peer] = await _echo(environment.command(), options, folder)
        except PeerUnavailable as error:
            figures[peer] = {"unavailable": str(error)}
        _show(peer, figures[peer])
    return figures


async def _echo(
    command: tuple[str, ...], options: argparse.Namespace, folder: Path
) -> dict[str, object]:
    """Run one load against a SIPp of its own and add what arrived there."""
    async with SippCallee(_ECHO, folder, echo=True) as callee:
        capture = Capture(callee.media_port, folder / f"{callee.port}.pcap")
        async with capture:
            figures = await run_load(
                *command,
                "--port", str(callee.port),
                "--calls", str(options.calls),
                "--seconds", str(options.seconds),
                "--rate", str(options.rate),
                within_s=options.seconds + options.calls / options.rate + _SPARE_S,
            )  # fmt: skip
    if "failed" in figures:
        return figures
    began_at, ended_at = float(figures.pop("began_at")), float(figures.pop("ended_at"))
    try:
        figures["far_end"] = capture.arrivals(began_at, ended_at).as_json()
    except ValueError as error:
        figures["far_end"] = {"failed": str(error)}
    return figures


def _show(who: str, figures: object) -> None:
    print(f"{who}: {json.dumps(figures)}", file=sys.stderr, flush=True)


def peers_of(text: str) -> list[str]:
    """Read `--peers`."""
    names = [] if text == "none" else text.split(",")
    for name in names:
        if name not in PACKAGES:
            raise argparse.ArgumentTypeError(f"{name}: one of {', '.join(PACKAGES)}, or none")
    return names


def require_tools(*, capture: bool) -> None:
    """Leave with what to install where SIPp or dumpcap is missing."""
    if not sipp_callee.available():
        sys.exit("SIPp is missing: apt-get install sip-tester")
    if capture and not rtp_capture.available():
        sys.exit("dumpcap is missing: apt-get install tshark")


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long all calls are up")
    parser.add_argument("--rate", type=float, default=20.0, help="calls placed in a second")
    parser.add_argument(
        "--peers", type=peers_of, default=list(PACKAGES), help="pyvoip,rfcvoip or none"
    )
    parser.add_argument(
        "--parts", type=lambda text: text.split(","), default=["echo", "talk"], help="echo,talk"
    )
    parser.add_argument("--talk-calls", type=int, help="conversations in talk, if not --calls")
    options = parser.parse_args(arguments)
    require_tools(capture="echo" in options.parts)
    print(json.dumps(asyncio.run(measure(options))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
