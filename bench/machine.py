"""Person or machine after the answer: `python -m bench.machine [--cases FILE]`.

FILE is a TSV with the header `wav`, `expected` (person or machine; wav: 8000 Hz mono, path
relative to the file); without it a default set is rendered into the cache folder. Each case is
fed in 20 ms frames to what the dialer uses. Each case is told on stderr; the last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
from collections import Counter
from pathlib import Path

from bench.cases import Case, read_cases, write_cases
from bench.early_media import keyword_pool
from bench.line_sounds import answer_cases
from dialer.answering.listener import AnswerListener
from dialer.answering.phrases import MACHINE_PHRASES
from dialer.answering.verdict import AnswererVerdict
from dialer.early_media.announcement import MEANINGS
from dialer.ports import FRAME_S
from dialer.speech import Keywords
from dialer.turns.speech_run import SpeechRun
from tts_asr.settings import SpeechSettings
from tts_asr.voice_activity import VoiceActivity


async def measure(path: Path, keywords: Keywords | None) -> dict[str, object]:
    """Play every case and count."""
    counts: Counter[str] = Counter()
    seconds: list[float] = []
    for case in read_cases(path):
        verdict = await _play(case, keywords)
        said = verdict.answerer.value if verdict else "undecided"
        outcome = "right" if said == case.expected else "wrong"
        outcome = "undecided" if verdict is None else outcome
        counts[outcome] += 1
        counts["people_taken_for_machines"] += (said, case.expected) == ("machine", "person")
        if verdict is not None:
            seconds.append(verdict.at_s)
        by = f"{verdict.by} {verdict.evidence}\t{verdict.at_s}" if verdict else "-"
        print(f"{outcome}\t{case.name}\t{case.expected}\t{said}\t{by}", file=sys.stderr)
    return {
        "n": counts["right"] + counts["wrong"] + counts["undecided"],
        "right": counts["right"],
        "wrong": counts["wrong"],
        "undecided": counts["undecided"],
        "people_taken_for_machines": counts["people_taken_for_machines"],
        "median_seconds_to_verdict": round(statistics.median(seconds), 2) if seconds else None,
    }


async def _play(case: Case, keywords: Keywords | None) -> AnswererVerdict | None:
    """A line that ends before the deadline is silent until then."""
    listener, voice, run = AnswerListener(keywords), VoiceActivity(), SpeechRun()
    frames = list(case.frames())
    frames += [bytes(len(frames[0]))] * max(0, round(3.1 / FRAME_S) - len(frames))
    for frame in frames:
        run.feed(listener.seconds, voice.feed(frame))
        listener.hear(frame, voiced=run.voiced)
        await listener.caught_up()
        if listener.machine.is_set():
            break
    await listener.close()
    return listener.verdict


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, help="TSV with the header wav, expected")
    options = parser.parse_args(arguments)
    settings = SpeechSettings()
    path = options.cases
    if path is None:
        path = write_cases(settings.cache_dir / "bench" / "machine", answer_cases(settings))
    keywords = keyword_pool(settings, sorted({*MEANINGS, *MACHINE_PHRASES}))
    if keywords is None:
        print("beeps only: no keyword spotting", file=sys.stderr)
    print(json.dumps(asyncio.run(measure(path, keywords))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
