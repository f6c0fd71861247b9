"""What is heard over a bad network: `python -m bench.rough_line [--loss 5] [--jitter 40] …`.

Real recordings are spoken by a callee on a socket of its own, through a path that loses, delays
and reorders their packets, into the real SIP stack; what the driver's frames hold is recognised.
`--netem` makes the bad network with `tc` in a network namespace of its own instead (root and a
kernel with sch_netem). The last line printed is JSON: for each jitter buffer the share of
syllables wrong, the delay at the beginning and at the end, and the gaps.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

import numpy as np

from bench.recordings import Recording, audio_folder, edits, recordings
from campaigns.attempt import TrunkAddress
from dialer.media.quality import ArrivalMeter, quality_of
from dialer.ports import FRAME_BYTES, FRAME_S, DialRequest, Quality
from dialer.trunks.baresip import BaresipRuntime, BaresipTrunk, RuntimeOptions
from tests.peers.ports import free_port, free_range
from tests.peers.rough_path import RoughPath, Weather
from tests.peers.rtp_line import RtpLine
from tests.peers.uas import ServerCall, Uas
from tts_asr.ports import Recognizer
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings

_LEAD_S = 1.0
_PAUSE_S = 0.8
_SEARCH_S = 1.5
_BUFFERS = ("off", "fixed", "adaptive")
_IN_NAMESPACE = "--in-namespace"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one pass over the recordings."""

    syllable_error_rate: float
    first_delay_ms: float
    last_delay_ms: float
    longest_delay_ms: float
    gap_frames: int
    quality: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Carried:
    """The two ends of one call: what was sent and heard (PCM), and when hearing began on the
    sender's line."""

    sent: bytes
    heard: bytes
    offset_s: float
    gaps: int
    quality: dict[str, Any]


def main(arguments: list[str]) -> int:
    """Measure each jitter buffer; exit code 2 when something needed is absent."""
    options = _options(arguments)
    folder = audio_folder()
    if folder is None:
        print("no recordings: set OUTBOUND_TEST_AUDIO to a folder with transcripts.tsv")
        return 2
    if options.netem and not options.in_namespace:
        return _in_namespace(arguments, options)
    weather = Weather()
    if not options.netem:
        jitter_s = options.jitter / 1000
        weather = Weather(
            options.loss / 100,
            options.delay / 1000,
            jitter_s,
            options.twice / 100,
            options.in_order,
        )
    recognizer = load_recognizer(SpeechSettings())
    spoken = [each for each in recordings(folder) if options.kind in ("", each.kind)]
    spoken = spoken[: options.clips]
    results = {}
    for buffer in options.buffers.split(","):
        heard = asyncio.run(_pass(spoken, recognizer, buffer, weather, options.seed))
        print(f"jitter buffer {buffer}: {heard}")
        results[buffer] = asdict(heard)
    print(json.dumps({"spoken": len(spoken), "jitter_buffers": results}))
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.rough_line", description=__doc__)
    parser.add_argument("--loss", type=float, default=5.0, help="packets lost, per cent")
    parser.add_argument("--delay", type=float, default=60.0, help="milliseconds")
    parser.add_argument("--jitter", type=float, default=40.0, help="± milliseconds")
    parser.add_argument("--twice", type=float, default=1.0, help="packets sent twice, per cent")
    parser.add_argument("--buffers", default=",".join(_BUFFERS), help="jitter buffers to try")
    parser.add_argument("--in-order", action="store_true", help="late packets hold up the rest")
    parser.add_argument("--clips", type=int, default=1000, help="most recordings to speak")
    parser.add_argument("--kind", default="", help="only recordings of this folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--netem", action="store_true", help="use tc netem")
    parser.add_argument(_IN_NAMESPACE, action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _in_namespace(arguments: list[str], options: argparse.Namespace) -> int:
    """Become the same program in a network namespace whose loopback is as bad as asked for."""
    netem = (
        f"netem delay {options.delay:g}ms {options.jitter:g}ms loss {options.loss:g}% "
        f"duplicate {options.twice:g}%"
    )
    script = (
        f"ip link set lo up && tc qdisc add dev lo root {netem} || exit 2; "
        f'exec "$0" -m bench.rough_line "$@" {_IN_NAMESPACE}'
    )
    os.execvp("unshare", ["unshare", "-n", "sh", "-c", script, sys.executable, *arguments])


async def _pass(
    spoken: list[Recording], recognizer: Recognizer, buffer: str, weather: Weather, seed: int
) -> Heard:
    track, starts = _track(spoken)
    carried = await _carried(track, buffer, weather, seed)
    delays, wrong, said = [], 0, 0
    for recording, start in zip(spoken, starts, strict=True):
        sent_at = _found(carried.sent, recording.pcm, start)
        heard_at = _found(carried.heard, recording.pcm, sent_at - carried.offset_s)
        delays.append((heard_at + carried.offset_s - sent_at) * 1000)
        first = max(0, int((heard_at - 0.3) * 8000)) * 2
        last = int((heard_at + recording.seconds + 0.5) * 8000) * 2
        stream = recognizer.open()
        stream.feed(carried.heard[first:last])
        heard = await asyncio.to_thread(stream.finish)
        wrong += edits(recording.syllables, heard.syllables)
        said += len(recording.syllables)
    few = max(1, len(delays) // 4)
    return Heard(
        round(wrong / said, 4),
        round(float(np.median(delays[:few])), 1),
        round(float(np.median(delays[-few:])), 1),
        round(float(np.max(delays)), 1),
        carried.gaps,
        carried.quality,
    )


def _track(spoken: list[Recording]) -> tuple[bytes, list[float]]:
    """Return all recordings one after another, and when each begins."""
    track = bytearray(int(_LEAD_S * 16000))
    starts = []
    for recording in spoken:
        starts.append(len(track) / 16000)
        track += recording.pcm + bytes(int(_PAUSE_S * 8000) * 2)
        track += bytes(-len(track) % FRAME_BYTES)
    return bytes(track), starts


async def _carried(track: bytes, buffer: str, weather: Weather, seed: int) -> Carried:
    """Play the track to us over the rough path."""
    lines: list[RtpLine] = []

    async def callee(call: ServerCall) -> None:
        path = await RoughPath.between(call.line, weather, seed)
        lines.append(call.line)
        await call.answer()
        await asyncio.sleep(1.0)
        left = memoryview(track)
        while left and not call.over.is_set():
            left = left[call.line.write(bytes(left)) :]
            await asyncio.sleep(FRAME_S)
        await asyncio.sleep(call.line.queued_s() + 1.0)
        path.close()
        call.bye()

    uas = await Uas.listen(callee)
    runtime = BaresipRuntime(
        RuntimeOptions(port=free_port(), rtp_ports=free_range(10), jitter_buffer=buffer)
    )
    await runtime.start()
    try:
        trunk = BaresipTrunk(runtime, TrunkAddress("rough", "127.0.0.1", uas.port, max_calls=1))
        leg = await trunk.dial(
            DialRequest(uuid4(), "13800000001", "0771123660", "", f"{uuid4()}@bench")
        )
        meter = ArrivalMeter()
        frames = []
        async for frame in leg.audio.frames():
            meter.take(frame)
            frames.append(frame)
        told = None
        async for event in leg.events:
            if isinstance(event, Quality):
                told = event
    finally:
        await runtime.close()
        await uas.close()
    sent = lines[0].sent
    unix_s = time.time() - asyncio.get_running_loop().time()
    return Carried(
        b"".join(each.pcm for each in sent),
        b"".join(frame.pcm for frame in frames),
        frames[0].at + unix_s - sent[0].at,
        meter.gaps,
        quality_of(told, meter, answered=True),
    )


def _found(line: bytes, spoken: bytes, near_s: float) -> float:
    """Return where on the line the spoken sound begins, in seconds."""
    first = max(0, int((near_s - _SEARCH_S) * 8000))
    last = int((near_s + _SEARCH_S) * 8000) + len(spoken) // 2
    window = np.frombuffer(line, "<i2")[first:last].astype(np.float64)
    template = np.frombuffer(spoken, "<i2").astype(np.float64)
    if window.size < template.size:
        return near_s
    size = 1 << (window.size + template.size).bit_length()
    likeness = np.fft.irfft(np.fft.rfft(window, size) * np.conj(np.fft.rfft(template, size)))
    best = int(np.argmax(likeness[: window.size - template.size + 1]))
    return (first + best) / 8000


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
