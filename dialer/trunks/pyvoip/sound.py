"""pyVoIP's 8-bit sound and its two buffers of a call, bounded and flushable.

pyVoIP hands out and takes unsigned 8-bit samples, whatever the line carries, and its own buffers
grow for as long as a call lasts and cannot be flushed. These have the same two methods.
"""

from __future__ import annotations

import threading

_SIGN = bytes(value ^ 0x80 for value in range(256))
_SILENCE = b"\x80"
_MOST_HEARD_BYTES = 8000
"""One second: more than that is lost to a reader that does not read."""
_HALF_A_TURN = 1 << 31


def from_8_bit(samples: bytes) -> bytes:
    """Return s16le PCM of unsigned 8-bit samples."""
    pcm = bytearray(2 * len(samples))
    pcm[1::2] = samples.translate(_SIGN)
    return bytes(pcm)


def to_8_bit(pcm: bytes) -> bytes:
    """Return the unsigned 8-bit samples of s16le PCM: its upper bytes."""
    return pcm[1::2].translate(_SIGN)


class Heard:
    """What has come: pyVoIP writes packets with their timestamps, we take what there is."""

    def __init__(self) -> None:
        self._samples = bytearray()
        self._last: int | None = None
        self._lock = threading.Lock()

    def write(self, timestamp: int, samples: bytes) -> None:
        """Append a packet; one that is older than the last is left out."""
        with self._lock:
            if self._last is not None and (timestamp - self._last) % (1 << 32) >= _HALF_A_TURN:
                return
            self._last = timestamp
            self._samples += samples
            del self._samples[:-_MOST_HEARD_BYTES]

    def take(self) -> bytes:
        """Return s16le PCM of all that has come since the last time."""
        with self._lock:
            samples = bytes(self._samples)
            self._samples.clear()
        return from_8_bit(samples)


class Said:
    """What is to be sent: we append, pyVoIP reads 160 samples for each packet."""

    def __init__(self) -> None:
        self._samples = bytearray()
        self._lock = threading.Lock()
        self.left = 0
        """Bytes of PCM that were sent or flushed so far."""

    def append(self, pcm: bytes) -> None:
        """Queue s16le PCM."""
        with self._lock:
            self._samples += to_8_bit(pcm)

    def flush(self) -> None:
        """Throw away what waits."""
        with self._lock:
            self.left += 2 * len(self._samples)
            self._samples.clear()

    def read(self, length: int = 160) -> bytes:
        """Return the next samples, silence where nothing waits."""
        with self._lock:
            samples = bytes(self._samples[:length])
            del self._samples[:length]
            self.left += 2 * len(samples)
        return samples.ljust(length, _SILENCE)
