"""The media loop of one leg: every 20 ms the person's frame in, the bot's frame out, both kept."""

from __future__ import annotations

from collections.abc import Callable

from dialer.media.bridge import Bridge
from dialer.media.player import Player
from dialer.media.quality import ArrivalMeter
from dialer.media.recorder import Recorder
from dialer.ports import FRAME_S, AudioPort, Frame
from dialer.turns.ear import Ear

OnFrame = Callable[[bytes, float], None]


class Line:
    """Reads a leg's frames from dialling on; call time starts with `connect`, at the answer."""

    def __init__(self, audio: AudioPort) -> None:
        self._audio = audio
        self._parts: tuple[Player, Ear, Recorder, OnFrame] | None = None
        self._bridge: Bridge | None = None
        self._frames = 0
        self.arrivals = ArrivalMeter()
        self.on_early: Callable[[bytes], None] = lambda _pcm: None
        """Gets each frame before the answer."""

    @property
    def seconds(self) -> float:
        """Call time so far."""
        return round(self._frames * FRAME_S, 2)

    def connect(self, player: Player, ear: Ear, recorder: Recorder, on_frame: OnFrame) -> None:
        """Start call time; `on_frame` gets each frame and its end in call time."""
        self._parts = (player, ear, recorder, on_frame)

    def join(self, bridge: Bridge) -> None:
        """Let the person talk with an agent instead of the bot, whose ear hears nothing of it;
        both are recorded."""
        self._bridge = bridge

    def part(self) -> None:
        """Let the bot listen again."""
        self._bridge = None

    async def run(self) -> None:
        """Move sound until the call ends."""
        async for frame in self._audio.frames():
            self.arrivals.take(frame)
            if frame.early:
                self.on_early(frame.pcm)
            elif self._parts is not None:
                self._take(frame, *self._parts)

    def _take(
        self,
        frame: Frame,
        player: Player,
        ear: Ear,
        recorder: Recorder,
        on_frame: OnFrame,
    ) -> None:
        if self._bridge is not None:
            recorder.add(frame.pcm, self._bridge.exchange(frame.pcm))
            self._frames += 1
            return
        recorder.add(frame.pcm, player.tick())
        ear.hear(frame.pcm, self.seconds, frame.at)
        self._frames += 1
        on_frame(frame.pcm, self.seconds)
