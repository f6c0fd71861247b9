"""Reply times of one call, read from what was sent and received at the callee's RTP socket."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LOUD_RMS = 300.0
"""Louder than this (of 32768; about -41 dBFS) in 20 ms counts as speech."""
ONSET_PACKETS = 2
_PAUSE_S = 0.6
"""A shorter silence is within one utterance of the callee."""
_OVERLAP_S = 0.3
_LONGEST_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Loud:
    """One packet: its time (UNIX seconds) and whether it is loud."""

    at: float
    loud: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance of the callee; `reply_s` from its last loud packet to the first loud packet
    of the reply. None: no reply before the next utterance, within ten seconds, or the bot was
    speaking when the callee ended."""

    ended_at: float
    reply_s: float | None


def turns_of(sent: Iterable[Loud], received: Sequence[Loud]) -> list[Turn]:
    """Return every turn of a call in order; both sequences in order of time."""
    utterances = _utterances(sent)
    onsets = _onsets(received)
    bot_loud = [packet.at for packet in received if packet.loud]
    turns: list[Turn] = []
    for number, (_, ended_at) in enumerate(utterances):
        following = utterances[number + 1][0] if number + 1 < len(utterances) else float("inf")
        limit = min(following, ended_at + _LONGEST_WAIT_S)
        talked_over = any(ended_at - _OVERLAP_S <= at <= ended_at for at in bot_loud)
        onset = next((at for at in onsets if ended_at < at <= limit), None)
        reply = None if onset is None or talked_over else onset - ended_at
        turns.append(Turn(ended_at, reply))
    return turns


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of at least one value; `share` 0-1."""
    ordered = sorted(values)
    rank = max(0, min(len(ordered) - 1, -int(-share * len(ordered) // 1) - 1))
    return ordered[rank]


def _utterances(sent: Iterable[Loud]) -> list[tuple[float, float]]:
    """Return (first loud, last loud) of each stretch of speech."""
    found: list[tuple[float, float]] = []
    for packet in sent:
        if not packet.loud:
            continue
        if found and packet.at - found[-1][1] < _PAUSE_S:
            found[-1] = (found[-1][0], packet.at)
        else:
            found.append((packet.at, packet.at))
    return found


def _onsets(received: Sequence[Loud]) -> list[float]:
    """Return the time of the first packet of each run of at least two loud ones."""
    found: list[float] = []
    run = 0
    for number, packet in enumerate(received):
        run = run + 1 if packet.loud else 0
        if run == ONSET_PACKETS:
            found.append(received[number - ONSET_PACKETS + 1].at)
    return found
