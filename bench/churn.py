"""Calls set up and torn down a second: `python -m bench.churn [--calls N] [--rate R]`.

SIPp answers after 100 ms, we hang up 200 ms after the answer. `clean` calls were answered and ended
by our BYE; SIPp's own count stands beside. Held file descriptors, threads and memory are counted
after 20 calls and at the end. pyVoIP and rfcvoip get the same (`--peers none` leaves them out),
counted from the first call on. bench.leaks runs short calls through queue and worker as well.
The last line printed is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from bench.concurrency import peers_of, require_tools
from bench.load_process import run_load
from bench.peer_environment import PACKAGES, PeerEnvironment, PeerUnavailable
from bench.sipp_callee import SippCallee

_ECHO = Path(__file__).with_name("echo.xml")
_OURS = (sys.executable, "-m", "bench.dialer_churn")
_SPARE_S = 90.0


async def measure(options: argparse.Namespace) -> dict[str, object]:
    """Churn with our stack, then with each peer."""
    with tempfile.TemporaryDirectory(prefix="outbound-bench-") as name:
        folder = Path(name)
        figures: dict[str, object] = {"outbound": await _churn(_OURS, options, folder)}
        print(f"outbound: {json.dumps(figures['outbound'])}", file=sys.stderr, flush=True)
        for peer in options.peers:
            try:
                async with PeerEnvironment(peer) as environment:
                    command = (*environment.command(), "--churn")
                    figures[peer] = await _churn(command, options, folder)
            except PeerUnavailable as error:
                figures[peer] = {"unavailable": str(error)}
            print(f"{peer}: {json.dumps(figures[peer])}", file=sys.stderr, flush=True)
    return {"calls": options.calls, "rate": options.rate, **figures}


async def _churn(
    command: tuple[str, ...], options: argparse.Namespace, folder: Path
) -> dict[str, object]:
    async with SippCallee(_ECHO, folder, echo=True) as callee:
        figures = await run_load(
            *command,
            "--port", str(callee.port),
            "--calls", str(options.calls), "--rate", str(options.rate),
            within_s=2 * options.calls / options.rate + _SPARE_S,
        )  # fmt: skip
    return {**figures, "sipp": callee.counts()}


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=20.0, help="calls placed in a second")
    parser.add_argument(
        "--peers", type=peers_of, default=list(PACKAGES), help="pyvoip,rfcvoip or none"
    )
    options = parser.parse_args(arguments)
    require_tools(capture=False)
    print(json.dumps(asyncio.run(measure(options))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
