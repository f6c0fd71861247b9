"""How often unseen phrases are classified right: `python -m bench.nlu [--cases FILE]`.

FILE is a TSV of intent and text, with or without the header `intent`, `text`; without one the
held-out phrases of the tests are taken. Texts reach the classifier as toneless pinyin, as in a
call. The fallback is no answer: the best named intent counts. Wrong ones are listed on stderr; the
last line is JSON with the share that is right at the first guess, in all and for each intent.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from bench.classifier import rankings
from dialogs.conversation.intention import best_intent
from dialogs.understanding.pinyin import syllables_of

HELD_OUT = Path(__file__).resolve().parent.parent / "tests" / "data" / "nlu_unseen.tsv"
_FALLBACK = "nlu_fallback"
_SAME = {"fallback": _FALLBACK}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; exit code 2 when there are no cases."""
    parser = argparse.ArgumentParser(description="How often unseen phrases are classified right")
    parser.add_argument("--cases", type=Path, default=HELD_OUT, help="TSV of intent and text")
    cases = read_phrases(parser.parse_args(arguments).cases)
    if not cases:
        print("there are no cases")
        return 2
    right: dict[str, list[bool]] = defaultdict(list)
    for (intent, text), guess in zip(cases, guesses([text for _, text in cases]), strict=True):
        right[intent].append(guess == intent)
        if guess != intent:
            print(f"{intent}: {text}: taken for {guess}", file=sys.stderr)
    every = [each for verdicts in right.values() for each in verdicts]
    per_intent = {intent: _share(verdicts) for intent, verdicts in sorted(right.items())}
    print(json.dumps({"n": len(every), "top1": _share(every), "per_intent": per_intent}))
    return 0


def read_phrases(path: Path) -> list[tuple[str, str]]:
    """Return (intent, text) of each line; a header is left out."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
    pairs = [(_SAME.get(intent, intent), text) for intent, text, *_ in rows]
    return pairs[1:] if pairs[:1] == [("intent", "text")] else pairs


def guesses(texts: Sequence[str]) -> list[str]:
    """Return the best intent of each text; for a text without any, the fallback."""
    spoken = [" ".join(syllables_of(text)) or text for text in texts]
    ranked = rankings(spoken)
    return [best.name if (best := best_intent(each)) else _FALLBACK for each in ranked]


def _share(verdicts: Sequence[bool]) -> float:
    return round(sum(verdicts) / len(verdicts), 4)


if __name__ == "__main__":
    sys.exit(main())
