"""Rendered speech kept on disk, so that nothing is synthesised while a person waits."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path

from tts_asr.audio import TELEPHONE_RATE
from tts_asr.ports import Clip, Synthesizer
from tts_asr.telephone_clip import for_telephone

_FORMAT = "8k-s16-20dBFS-1"
"""Changes whenever clips are made ready differently."""

_MEMORY_BYTES = 64 << 20


class PromptCache:
    """Clips as 8 kHz s16le PCM, one file each in `folder` (readable by its owner only: they say
    people's names). Keyed by text, engine, version, voice and speed. Safe for threads and for
    several processes on one folder."""

    def __init__(
        self, folder: Path, synthesizer: Synthesizer, memory_bytes: int = _MEMORY_BYTES
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._folder = folder
        self._synthesizer = synthesizer
        self._memory = _Memory(memory_bytes)

    def find(self, text: str, voice: str, speed: float = 1.0) -> Clip | None:
        """The clip if it was rendered before; microseconds from memory, else one small file."""
        key = self._key(text, voice, speed)
        if pcm := self._memory.get(key):
            return Clip(pcm=pcm, rate=TELEPHONE_RATE)
        try:
            pcm = self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        self._memory.put(key, pcm)
        return Clip(pcm=pcm, rate=TELEPHONE_RATE)

    def render(self, text: str, voice: str, speed: float = 1.0) -> Clip:
        """The clip, synthesised if need be: takes about as long as the speech itself, on a worker
        thread. Raises SpeechError."""
        if clip := self.find(text, voice, speed):
            return clip
        clip = for_telephone(self._synthesizer.synthesize(text, voice, speed))
        key = self._key(text, voice, speed)
        self._write(self._path(key), clip.pcm)
        self._memory.put(key, clip.pcm)
        return clip

    def _key(self, text: str, voice: str, speed: float) -> str:
        engine = self._synthesizer
        identity = [_FORMAT, engine.name, engine.version, voice, f"{speed:.3f}", text]
        return hashlib.sha256(json.dumps(identity).encode()).hexdigest()

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.s16"

    def _write(self, path: Path, pcm: bytes) -> None:
        """Whole or not at all, whoever else writes the same clip."""
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=path.parent, suffix=".new")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(pcm)
            Path(unfinished).replace(path)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise


class _Memory:
    """The clips used last, up to a number of bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._clips: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            pcm = self._clips.get(key)
            if pcm is not None:
                self._clips.move_to_end(key)
            return pcm

    def put(self, key: str, pcm: bytes) -> None:
        with self._lock:
            self._size += len(pcm) - len(self._clips.pop(key, b""))
            self._clips[key] = pcm
            while self._size > self._limit and self._clips:
                _, dropped = self._clips.popitem(last=False)
                self._size -= len(dropped)
