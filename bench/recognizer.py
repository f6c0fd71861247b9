"""How well and how fast speech is recognised: `python -m bench.recognizer [ENGINE …]`.

Real recordings go through A-law at 8 kHz and are fed in pieces of 20 ms. Errors are toneless
syllables wrong of syllables said. The last line printed is JSON: for each engine the error rates
of words and sentences, CPU-seconds for a second of audio, and the longest `finish` in ms.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from pathlib import Path

from bench.recordings import Recording, audio_folder, edits, recordings
from tts_asr.ports import Recognizer, Transcript
from tts_asr.recognizers import load_recognizer
from tts_asr.settings import SpeechSettings

_ENGINES = ("sherpa", "whisper")
_FRAME = 320


def main(engines: list[str]) -> int:
    """Measure each engine on every recording; exit code 2 when there are none."""
    folder = audio_folder()
    if folder is None:
        print("no recordings: set OUTBOUND_TEST_AUDIO to a folder with transcripts.tsv")
        return 2
    results = {engine: _measure(engine, folder) for engine in engines or _ENGINES}
    print(json.dumps(results, ensure_ascii=False))
    return 0


def _measure(engine: str, folder: Path) -> dict[str, float]:
    recognizer = load_recognizer(SpeechSettings.model_validate({"recognizer": engine}))
    wrong: dict[str, int] = defaultdict(int)
    said: dict[str, int] = defaultdict(int)
    cpu_s = audio_s = longest_s = 0.0
    for recording in recordings(folder):
        heard, used_s, finish_s = _recognize(recognizer, recording)
        errors = edits(recording.syllables, heard.syllables)
        wrong[recording.kind] += errors
        said[recording.kind] += len(recording.syllables)
        cpu_s, audio_s = cpu_s + used_s, audio_s + recording.seconds
        longest_s = max(longest_s, finish_s)
        print(f"{engine} {recording.name}: {heard.text} ({errors} wrong, {heard.confidence})")
    return {
        **{f"{kind}_error_rate": round(wrong[kind] / said[kind], 4) for kind in sorted(said)},
        "syllables": sum(said.values()),
        "rtf": round(cpu_s / audio_s, 4),
        "finish_max_ms": round(longest_s * 1000, 1),
    }


def _recognize(recognizer: Recognizer, recording: Recording) -> tuple[Transcript, float, float]:
    began_s = time.process_time()
    stream = recognizer.open()
    for at in range(0, len(recording.pcm), _FRAME):
        stream.feed(recording.pcm[at : at + _FRAME])
    last_s = time.process_time()
    heard = stream.finish()
    ended_s = time.process_time()
    return heard, ended_s - began_s, ended_s - last_s


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
