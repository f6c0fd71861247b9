"""How well spoken answers are understood: `python -m bench.understanding [--cases FILE]`.

FILE is a TSV with the header `wav`, `question`, `expected`: the wav's path relative to the file
(8 kHz, 16 bit, mono), the question as JSON in the questionnaire format (`id` and `text` may be
missing), and the typed value as JSON, `intent:NAME` or `no_match`. Without a file our own answers
are rendered once into the cache folder: `--set tuned` those the rules were tuned on with the real
recordings beside the project, `dev` and `test` the halves of a larger set in many voices, paces,
loudnesses and noises; nobody looks at `test` while improving.

Each answer goes through the ear of a call (frames of 20 ms, voice activity, end-pointing, a fresh
recogniser stream with the question's hints), the trained classifier and the conversation. Then
it is
- right: the value was taken; for an intent: that interruption was answered; for `no_match`:
  nothing was taken or read back and no call was ended;
- re_asked: the question was put again, or the answer read back, or an interruption that returns
  to the question was taken for it: the person has to speak once more and no harm is done;
- wrong: another value was taken, or the call went another way.
Choices of several are compared without order; free text is right when at least 60 % of its
syllables were kept. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.classifier import rankings
from bench.hearing import hear
from bench.outcome_of_turn import Came, judged, what_came
from bench.spoken_answers import (
    Half,
    SpokenAnswer,
    own_cases,
    read_cases,
    real_cases,
    varied_cases,
)
from dialogs.ports import Heard, NoInput
from dialogs.wire import message_of
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings

_ZONE = ZoneInfo("Asia/Shanghai")
_TUNED = "tuned"
_SETS = (_TUNED, *(half.value for half in Half))
_OWN_NOW = datetime(2026, 11, 23, 10, 30, tzinfo=_ZONE)
"""The moment against which the dates of our own cases are meant."""


@dataclass(frozen=True, slots=True)
class Result:
    """One case: what was heard, what came of it, and right, re_asked or wrong."""

    case: SpokenAnswer
    heard: Heard | None
    came: Came
    verdict: str

    def __str__(self) -> str:
        heard = f"{self.heard.text} [{' '.join(self.heard.syllables)}]" if self.heard else "nothing"
        return f"{self.verdict}: {self.case.name}: heard {heard}, {self.came}, {self.case.expected}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; exit code 2 when there are no cases."""
    parser = argparse.ArgumentParser(description="How well spoken answers are understood")
    parser.add_argument("--cases", type=Path, help="TSV with wav, question, expected")
    parser.add_argument("--set", choices=_SETS, help="one of our own sets; all without it")
    parser.add_argument("--now", type=datetime.fromisoformat, help="when the answers were given")
    parser.add_argument("--verbose", action="store_true", help="list the re-asked ones as well")
    options = parser.parse_args(arguments)
    settings = SpeechSettings()
    own = options.cases is None
    now = options.now.astimezone(_ZONE) if options.now else datetime.now(_ZONE)
    cases = list(_own(settings, options.set) if own else read_cases(options.cases))
    if not cases:
        print("there are no cases")
        return 2
    results = measure(cases, settings, _OWN_NOW if own and not options.now else now)
    listed = {"wrong", "re_asked"} if options.verbose else {"wrong"}
    for result in results:
        if result.verdict in listed:
            print(result, file=sys.stderr)
    counts = Counter(result.verdict for result in results)
    summary = {name: counts[name] for name in ("right", "wrong", "re_asked")}
    shares = {f"{name}_share": round(count / len(results), 4) for name, count in summary.items()}
    print(json.dumps({"n": len(results), **summary, **shares}))
    return 0


def measure(cases: Sequence[SpokenAnswer], settings: SpeechSettings, now: datetime) -> list[Result]:
    """Hear every case, classify all, and lead each one's turn."""
    recognizer = load_recognizer(settings)
    heard = [asyncio.run(hear(case.pcm, case.questionnaire, recognizer)) for case in cases]
    ranked = rankings([message_of(each) if each else "" for each in heard])
    results = []
    for case, words, ranking in zip(cases, heard, ranked, strict=True):
        came = what_came(case.questionnaire, words or NoInput(), ranking, now)
        results.append(Result(case, words, came, judged(case.expected, came)))
    return results


def _own(settings: SpeechSettings, name: str | None) -> Iterator[SpokenAnswer]:
    if name in (None, _TUNED):
        yield from chain(own_cases(settings), real_cases())
    for half in Half:
        if name in (None, half.value):
            yield from varied_cases(settings, half)


if __name__ == "__main__":
    sys.exit(main())
