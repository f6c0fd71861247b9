"""How well a call was heard: figures from its frames and from what its trunk measured."""

from __future__ import annotations

from typing import Any

from dialer.ports import FRAME_S, Frame, Quality

_PAUSE_FRAMES = 10
"""A gap this long (200 ms) is a far end that has stopped sending; a shorter one is loss."""
_ONE_WAY_S = 5.0
_FEWEST = 100
"""Packets below which a share of losses says nothing."""
_SLACK = 5
"""Packets that may be under way, or fall between two clocks."""
_LONGEST = 500

_IE_LOSS = 95.0
_BPL = 4.3
"""G.711 without concealment (ITU-T G.113 appendix I)."""
_PACKET_MS = 20.0
_KNEE_MS = 177.3


class ArrivalMeter:
    """Takes every frame of a call; costs a few additions each."""

    def __init__(self) -> None:
        self.gaps = 0
        """Frames after the answer in which nothing had arrived."""
        self.first_audio_s: float | None = None
        """Seconds from the answer to the first sound; None: nothing ever came."""
        self.up_frames = 0
        self._intervals = [0] * (_LONGEST + 1)
        self._since = 0
        self._came = False
        self._expected = 0
        self._jitter_s = 0.0
        self._last_at = 0.0

    def take(self, frame: Frame) -> None:
        """Take the next frame."""
        if not frame.early:
            self.up_frames += 1
            self.gaps += frame.gap
        if frame.gap:
            self._since += 1
            return
        if not frame.early and self.first_audio_s is None:
            self.first_audio_s = round((self.up_frames - 1) * FRAME_S, 2)
        if self._came:
            self._count(frame.at)
        self._came, self._since, self._last_at = True, 0, frame.at

    def _count(self, at: float) -> None:
        gap_s = at - self._last_at
        self._intervals[min(_LONGEST, round(gap_s / FRAME_S))] += 1
        if self._since >= _PAUSE_FRAMES:
            return
        self._expected += 1 + self._since
        self._jitter_s += (abs(gap_s - FRAME_S) - self._jitter_s) / 16

    @property
    def jitter_ms(self) -> float:
        """Smoothed deviation of the arrivals as in RFC 3550 section 6.4.1, on the pump's grid."""
        return round(self._jitter_s * 1000, 1)

    @property
    def one_way(self) -> bool:
        """Whether the call was up for five seconds and more without any sound of theirs."""
        first_s = self.up_frames * FRAME_S if self.first_audio_s is None else self.first_audio_s
        return first_s >= _ONE_WAY_S

    def gap_ms(self, share: float) -> int | None:
        """Return the time between two arrivals that this share (0–1) of them keeps, in ms."""
        total = sum(self._intervals)
        below = 0
        for frames, count in enumerate(self._intervals):
            below += count
            if total and below >= share * total:
                return round(frames * FRAME_S * 1000)
        return None

    def missing(self, received: int) -> int | None:
        """Estimate how many packets were lost from how many came and how many should have; None
        where too few were due. A few more or less are the difference of two clocks."""
        return None if self._expected < _FEWEST or not received else self._expected - received


def mos_of(loss_share: float, jitter_ms: float) -> float:
    """Estimate the mean opinion score (1–4.5) of G.711 speech with the E-model.

    ITU-T G.107 reduced as by Cole and Rosenbluth (2001): R = 93.2 − Id − Ie,eff with
    Ie,eff = 95·P/(P + 4.3) for P per cent of random loss. The delay is what we know of it: a
    packet, and twice the jitter for the buffer; the network's own is unknown here.
    """
    loss = loss_share * 100
    delay_ms = 2 * _PACKET_MS + 2 * jitter_ms
    rating = 93.2 - 0.024 * delay_ms - 0.11 * max(0.0, delay_ms - _KNEE_MS)
    rating -= _IE_LOSS * loss / (loss + _BPL)
    rating = min(100.0, max(0.0, rating))
    score = 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating)
    return round(max(1.0, score), 2)


def _share(lost: int | None, received: int | None) -> float | None:
    if lost is None or not received:
        return None
    return max(0, lost) / (received + max(0, lost))


def quality_of(told: Quality | None, heard: ArrivalMeter, *, answered: bool) -> dict[str, Any]:
    """Return what is kept of a call's quality; figures that nobody could take are None.

    `lost_packets` is the trunk's measurement, `lost_share` an estimate where there is none.
    """
    received = told.received_packets if told else None
    lost = told.lost_packets if told else None
    missing = heard.missing(received) if received is not None else None
    if lost is not None and missing is not None:
        # A stack that counts numbers it never played takes each packet of a key for a loss.
        lost = min(lost, max(0, missing + _SLACK))
    estimated = None if missing is None else missing - _SLACK
    lost_share = _share(estimated if lost is None else lost, received)
    jitter_ms = told.jitter_ms if told and told.jitter_ms is not None else heard.jitter_ms
    came = heard.gap_ms(1.0) is not None
    quality = {
        "received_packets": received,
        "lost_packets": lost,
        "lost_share": None if lost_share is None else round(lost_share, 4),
        "jitter_ms": jitter_ms if came else None,
        "gap_p99_ms": heard.gap_ms(0.99),
        "gap_longest_ms": heard.gap_ms(1.0),
        "mos": mos_of(lost_share or 0.0, jitter_ms) if came else None,
    }
    if answered:
        quality |= {
            "seconds": round(heard.up_frames * FRAME_S, 2),
            "gap_frames": heard.gaps,
            "first_audio_s": heard.first_audio_s,
            "one_way_audio": heard.one_way,
        }
    return quality
