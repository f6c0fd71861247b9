"""The stack's PCM at 8000 Hz, mono, whatever the codec: wide-band calls are resampled here.

The stack can resample by itself, but what its Python binding then reads is cut short.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np
import soxr
from baresip import AudioInfo, AudioRestarted

from dialer.ports import SAMPLE_RATE


class StackAudio(Protocol):
    """The binding's audio of one call (`baresip.CallAudio`)."""

    def info(self) -> AudioInfo: ...

    def read(self, max_bytes: int) -> bytes: ...

    def write(self, pcm: bytes) -> int: ...

    def flush_tx(self) -> None: ...


class Resampling:
    """One direction from `rate` and `channels` to another rate and number of channels.

    Down it filters (LQ, some 20 ms late), up it interpolates (QQ): nothing may wait there, or
    the end of a phrase would be heard at the beginning of the next.
    """

    def __init__(self, rate: int, channels: int, to_rate: int, to_channels: int) -> None:
        self._channels = channels
        self._to_channels = to_channels
        quality = "LQ" if to_rate < rate else "QQ"
        self._stream = soxr.ResampleStream(rate, to_rate, 1, dtype="int16", quality=quality)

    def run(self, pcm: bytes) -> bytes:
        """Convert s16le PCM of whole frames."""
        samples = np.frombuffer(pcm, dtype="<i2").reshape(-1, self._channels)
        mono = samples[:, 0] if self._channels > 1 else samples.reshape(-1)
        converted = self._stream.resample_chunk(np.ascontiguousarray(mono))
        return np.repeat(converted, self._to_channels).astype("<i2").tobytes()


class NarrowbandPcm:
    """The audio of one call as 8000 Hz mono; calls that are so already pass untouched."""

    def __init__(self, audio: StackAudio) -> None:
        self._audio = audio
        self._known: AudioInfo | None = None
        self._in: Resampling | None = None
        self._out: Resampling | None = None
        self._left = b""

    def info(self) -> AudioInfo:
        """Return the stack's figures, byte counts in 8000 Hz mono."""
        now = self._audio.info()
        wide = now.tx_sample_rate * now.tx_channels
        if not now.tx_ready or wide == SAMPLE_RATE:
            return now
        return replace(now, tx_buffered=now.tx_buffered * SAMPLE_RATE // wide)

    def read(self, max_bytes: int) -> bytes:
        """Return what has arrived, up to `max_bytes` of it as the stack holds it."""
        try:
            self._learn()
            return self._received(self._audio.read(max_bytes))
        except AudioRestarted:
            self._forget()
            raise

    def write(self, pcm: bytes) -> int:
        """Queue PCM; return the bytes of it that were taken."""
        try:
            self._learn()
            if self._out is None:
                return self._audio.write(pcm)
            fitting = pcm[: self._room()]
            self._audio.write(self._out.run(fitting))
            return len(fitting)
        except AudioRestarted:
            self._forget()
            raise

    def flush_tx(self) -> None:
        """Throw away what was not sent."""
        self._audio.flush_tx()

    def _room(self) -> int:
        """How much more fits into the stack's ring, in whole samples of 8000 Hz mono."""
        now = self._audio.info()
        free = now.tx_capacity - now.tx_buffered
        return int(free * SAMPLE_RATE // (now.tx_sample_rate * now.tx_channels)) & ~1

    def _received(self, arrived: bytes) -> bytes:
        if self._in is None or self._known is None:
            return arrived
        arrived = self._left + arrived
        whole = len(arrived) - len(arrived) % (2 * self._known.rx_channels)
        self._left = arrived[whole:]
        return self._in.run(arrived[:whole])

    def _learn(self) -> None:
        if self._known is not None:
            return
        now = self._audio.info()
        if not (now.rx_ready and now.tx_ready):
            return
        self._known = now
        if (now.rx_sample_rate, now.rx_channels) != (SAMPLE_RATE, 1):
            self._in = Resampling(now.rx_sample_rate, now.rx_channels, SAMPLE_RATE, 1)
        if (now.tx_sample_rate, now.tx_channels) != (SAMPLE_RATE, 1):
            self._out = Resampling(SAMPLE_RATE, 1, now.tx_sample_rate, now.tx_channels)

    def _forget(self) -> None:
        self._known = self._in = self._out = None
        self._left = b""
