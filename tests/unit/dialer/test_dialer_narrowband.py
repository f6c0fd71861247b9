"""Calls in wide-band codecs sound the same to us, without the stack."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from baresip import AudioInfo, AudioRestarted

from dialer.trunks.baresip.narrowband import NarrowbandPcm
from tests.peers.sound import pitch, tone


@dataclass
class Ring:
    """A stack's audio at some rate, whose far end says what we said."""

    rate: int
    channels: int
    capacity: int = 200_000
    held: bytearray = field(default_factory=bytearray)
    restarted: bool = False

    def info(self) -> AudioInfo:
        held = len(self.held)
        return AudioInfo(
            *(True, True, self.rate, self.channels, 20, self.rate, self.channels),
            *(held, held, self.capacity, self.capacity),
        )

    def read(self, max_bytes: int) -> bytes:
        if self.restarted:
            self.restarted = False
            raise AudioRestarted("renegotiated")
        taken = bytes(self.held[:max_bytes])
        del self.held[:max_bytes]
        return taken

    def write(self, pcm: bytes) -> int:
        taken = pcm[: self.capacity - len(self.held)]
        self.held += taken
        return len(taken)

    def flush_tx(self) -> None:
        self.held.clear()


_RATES = [(8000, 1), (16000, 1), (48000, 2)]


@pytest.mark.parametrize(("rate", "channels"), _RATES)
def test_what_is_said_comes_back_at_its_pitch_and_length(rate: int, channels: int) -> None:
    ring = Ring(rate, channels)
    audio = NarrowbandPcm(ring)
    said = tone(600, 0.5)
    heard = b""
    for start in range(0, len(said), 320):
        frame = said[start : start + 320]
        assert audio.write(frame) == len(frame)
        # Odd amounts: what is read need not be whole samples.
        heard += audio.read(333) + audio.read(100_000)
    assert len(heard) == pytest.approx(len(said), abs=700)
    assert pitch(heard) == pytest.approx(600, abs=10)
    assert np.abs(np.frombuffer(heard, "<i2")).max() == pytest.approx(
        np.abs(np.frombuffer(said, "<i2")).max(), rel=0.1
    )


@pytest.mark.parametrize(("rate", "channels"), _RATES)
def test_what_waits_is_counted_in_our_own_bytes(rate: int, channels: int) -> None:
    audio = NarrowbandPcm(Ring(rate, channels))
    audio.write(tone(600, 0.2))
    assert audio.info().tx_buffered == pytest.approx(3200, abs=200)


def test_nothing_is_lost_when_the_stacks_ring_is_full() -> None:
    ring = Ring(48000, 2, capacity=9600)
    audio = NarrowbandPcm(ring)
    taken = audio.write(tone(600, 0.2))
    assert taken == 800
    assert len(ring.held) <= ring.capacity


def test_a_renegotiation_changes_the_rate() -> None:
    ring = Ring(8000, 1)
    audio = NarrowbandPcm(ring)
    audio.write(bytes(320))
    ring.rate, ring.restarted = 16000, True
    ring.held.clear()
    with pytest.raises(AudioRestarted):
        audio.read(320)
    audio.write(tone(600, 0.1))
    assert len(ring.held) == pytest.approx(3200, abs=300)
