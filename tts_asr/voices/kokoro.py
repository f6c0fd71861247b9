"""The Kokoro voices: natural Mandarin, rendered ahead of the call."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnxruntime

from tts_asr.audio import Samples, pcm_of
from tts_asr.errors import UnspeakableText, VoiceUnavailable
from tts_asr.normalization import speakable
from tts_asr.ports import Clip
from tts_asr.telephone_clip import trimmed
from tts_asr.voices.mandarin import Mandarin

_RATE = 24_000
_LONGEST_TOKENS = 500
"""The model takes 512 tokens; a style row is chosen by their number."""
_LONGEST_PIECE = 60
"""Characters: longer pieces are spoken hastily towards their end."""
_PAUSE_S = {"。": 0.35, "！": 0.35, "？": 0.35, "；": 0.3}
_SHORT_PAUSE_S = 0.18

_SENTENCE = re.compile(r"[^。！？；]+[。！？；]?")
_CLAUSE = re.compile(r"[^，、：]+[，、：]?")


class KokoroSynthesizer:
    """Kokoro-82M v1.0 in int8: about 0.7 CPU-seconds for a second of speech on one core, so it
    never speaks while a person waits. 24 kHz clips. Safe to use from several threads: those make
    better use of the cores than `threads` for a single clip does."""

    name = "kokoro"
    live = False
    version = "82m-v1.0-int8-1"

    def __init__(self, model: Path, styles: Path, cache_folder: Path, threads: int = 1) -> None:
        self._model = model
        self._styles = styles
        self._cache_folder = cache_folder
        self._threads = threads
        self._lock = threading.Lock()
        self._loaded: _Engine | None = None
        self.voices: tuple[str, ...] = tuple(sorted(path.stem for path in styles.glob("*.bin")))

    def synthesize(self, text: str, voice: str, speed: float = 1.0) -> Clip:
        """Speak; `speed` 0.5–2. Raises VoiceUnavailable or UnspeakableText."""
        if voice not in self.voices:
            raise VoiceUnavailable(
                f"Kokoro has no voice {voice!r}; it has {', '.join(self.voices)}"
            )
        engine = self._engine()
        style = np.fromfile(self._styles / f"{voice}.bin", dtype="<f4").reshape(-1, 1, 256)
        pieces = []
        for piece in pieces_of(speakable(text)):
            if tokens := engine.tokens(piece):
                pieces.append((piece, engine.speak(tokens, style, speed)))
        if not pieces:
            raise UnspeakableText("nothing in the text can be spoken: give Chinese text")
        return Clip(pcm=pcm_of(_joined(pieces, speed)), rate=_RATE)

    def _engine(self) -> _Engine:
        """Loaded with the first words: a process that only plays rendered clips needs none."""
        with self._lock:
            if self._loaded is None:
                self._loaded = _Engine(self._model, Mandarin(self._cache_folder), self._threads)
            return self._loaded


class _Engine:
    """The network and the phonemes it takes; 350 MB."""

    def __init__(self, model: Path, mandarin: Mandarin, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(model / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        vocabulary = json.loads((model / "vocab.json").read_text(encoding="utf-8"))
        self._ids: dict[str, int] = vocabulary["vocab"]
        self._mandarin = mandarin

    def tokens(self, text: str) -> list[int]:
        phonemes = self._mandarin.phonemes(text)
        return [self._ids[p] for p in phonemes if p in self._ids][:_LONGEST_TOKENS]

    def speak(self, tokens: list[int], style: Samples, speed: float) -> Samples:
        (audio,) = self._session.run(
            None,
            {
                "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
                "style": style[len(tokens)],
                "speed": np.array([speed], dtype=np.float32),
            },
        )
        return trimmed(np.asarray(audio, dtype=np.float32).reshape(-1), _RATE)


def pieces_of(text: str) -> Iterator[str]:
    """Sentences; one that is too long for a breath is cut at its commas."""
    for sentence in _SENTENCE.findall(text):
        if len(sentence) <= _LONGEST_PIECE:
            yield sentence
            continue
        piece = ""
        for clause in _CLAUSE.findall(sentence):
            if piece and len(piece) + len(clause) > _LONGEST_PIECE:
                yield piece
                piece = ""
            piece += clause
        yield piece


def _joined(pieces: list[tuple[str, Samples]], speed: float) -> Samples:
    parts = [pieces[0][1]]
    for (text, _), (_, samples) in pairwise(pieces):
        pause_s = _PAUSE_S.get(text.rstrip()[-1:], _SHORT_PAUSE_S) / speed
        parts += [np.zeros(int(pause_s * _RATE), dtype=np.float32), samples]
    return np.concatenate(parts)
