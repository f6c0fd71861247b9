"""Joins the sound of two calls: what arrives from one leaves to the other, 20 ms at a time."""

from __future__ import annotations

from collections import deque

from dialer.ports import FRAME_BYTES, FRAME_S, AudioPort

_MOST_QUEUED_S = 0.05
"""More is never left waiting."""
_WINDOW = 25
"""Half a second: what waited all that time is delay that nobody needs."""
_MOST_KEPT = 3
_SILENCE = bytes(FRAME_BYTES)


class Bridge:
    """The person and an agent talk; the bot is out of it."""

    def __init__(self, person: AudioPort, agent: AudioPort) -> None:
        self._to_person = _Way(person)
        self._to_agent = _Way(agent)
        self._agent = agent
        self._heard: deque[bytes] = deque(maxlen=_MOST_KEPT)

    @property
    def dropped(self) -> int:
        """How many frames of 20 ms were left out to keep the delay short, both ways."""
        return self._to_person.dropped + self._to_agent.dropped

    def exchange(self, pcm: bytes) -> bytes:
        """Take 20 ms of the person; return 20 ms of the agent, for the recording."""
        self._to_agent.send(pcm)
        return self._heard.popleft() if self._heard else _SILENCE

    async def run(self) -> None:
        """Pass on the agent's sound until their call ends."""
        async for frame in self._agent.frames():
            if not frame.early:
                self._to_person.send(frame.pcm)
                self._heard.append(frame.pcm)


class _Way:
    """One direction. Two clocks and uneven arrivals would let the queue grow: a frame is left out
    when one has waited all through the window."""

    def __init__(self, port: AudioPort) -> None:
        self._port = port
        self._frames = 0
        self._least_s = _MOST_QUEUED_S
        self.dropped = 0

    def send(self, pcm: bytes) -> None:
        queued_s = self._port.queued_s()
        self._least_s = min(self._least_s, queued_s)
        self._frames += 1
        stale = False
        if self._frames == _WINDOW:
            stale = self._least_s >= FRAME_S
            self._frames, self._least_s = 0, _MOST_QUEUED_S
        if stale or queued_s >= _MOST_QUEUED_S:
            self.dropped += 1
        else:
            self._port.write(pcm)
