"""What networks play before the answer: `python -m bench.early_media [--cases FILE] [--tones]`.

FILE is a TSV with the header `wav`, `expected` (wav: 8000 Hz mono, path relative to the file);
without it a default set is rendered into the cache folder. Each case is fed in 20 ms frames to
what the dialer uses, until it gives the call up or the sound ends. Each case is told on stderr;
the last line is JSON. `--tones`: without keyword spotting, as where the model is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

from bench.cases import Case, read_cases, write_cases
from bench.line_sounds import early_media_cases
from dialer.early_media.announcement import MEANINGS
from dialer.early_media.listener import EarlyMediaListener
from dialer.early_media.verdict import Verdict
from dialer.speech import Keywords
from tts_asr.keyword_pool import KeywordPool
from tts_asr.keyword_spotters import load_keyword_spotter
from tts_asr.recognition_pool import RecognitionPool
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings
from tts_asr.voice_activity import VoiceActivity

UNDECIDED = "undecided"


async def measure(path: Path, keywords: Keywords | None) -> dict[str, object]:
    """Play every case and count."""
    counts: Counter[str] = Counter()
    seconds: list[float] = []
    audio_s, began_s = 0.0, time.process_time()
    for case in read_cases(path):
        verdict, at_s = await _play(case, keywords)
        said = verdict.heard.value if verdict else UNDECIDED
        outcome = _outcome(said, case.expected)
        counts[outcome] += 1
        audio_s += len(case.pcm) / 16000
        if outcome == "right" and verdict is not None:
            seconds.append(at_s)
        by = f"{verdict.by} {verdict.evidence} {verdict.score}" if verdict else "-"
        print(f"{outcome}\t{case.name}\t{case.expected}\t{said}\t{by}\t{at_s}", file=sys.stderr)
    return {
        "n": counts.total(),
        "right": counts["right"],
        "wrong": counts["wrong"],
        "undecided": counts["undecided"],
        "median_seconds_to_verdict": round(statistics.median(seconds), 2) if seconds else None,
        "rtf": round((time.process_time() - began_s) / audio_s, 4),
    }


async def _play(case: Case, keywords: Keywords | None) -> tuple[Verdict | None, float]:
    """Return the verdict and when it stood, in seconds of early media."""
    listener = EarlyMediaListener(keywords, VoiceActivity())
    for frame in case.frames():
        listener.hear(frame)
        await listener.caught_up()
        if listener.dead_end.is_set():
            break
    ended_s = listener.seconds
    await listener.close(last_words=True)
    verdict = listener.verdict
    at_s = ended_s if listener.dead_end.is_set() or verdict is None else verdict.at_s
    return verdict, at_s


def _outcome(said: str, expected: str) -> str:
    if said == expected:
        return "right"
    return "undecided" if said == UNDECIDED else "wrong"


def keyword_pool(settings: SpeechSettings, phrases: list[str]) -> KeywordPool | None:
    """Return the dialer's keyword spotting with these phrases."""
    recognizer = load_recognizer(settings)
    spotter = load_keyword_spotter(settings, recognizer, phrases)
    return KeywordPool(spotter, RecognitionPool(recognizer, 1)) if spotter else None


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, help="TSV with the header wav, expected")
    parser.add_argument("--tones", action="store_true", help="without keyword spotting")
    options = parser.parse_args(arguments)
    settings = SpeechSettings()
    path = options.cases
    if path is None:
        folder = settings.cache_dir / "bench" / "early_media"
        path = write_cases(folder, early_media_cases(settings))
    keywords = None if options.tones else keyword_pool(settings, sorted(MEANINGS))
    if keywords is None:
        print("tones only: no keyword spotting", file=sys.stderr)
    print(json.dumps(asyncio.run(measure(path, keywords))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
