"""The media loop of one leg: every 20 ms the person's frame in, the bot's frame out, both kept."""

from __future__ import annotations

from collections.abc import Callable

from dialer.media.player import Player
from dialer.media.recorder import Recorder
from dialer.ports import FRAME_S, AudioPort, Frame
from dialer.turns.ear import Ear


class Line:
    """Reads a leg's frames from dialling on; call time starts with `connect`, at the answer."""

    def __init__(self, audio: AudioPort) -> None:
        self._audio = audio
        self._parts: tuple[Player, Ear, Recorder, Callable[[float], None]] | None = None
        self._frames = 0
        self.gaps = 0
        self.early_frames = 0

    @property
    def seconds(self) -> float:
        """Call time so far."""
        return round(self._frames * FRAME_S, 2)

    def connect(
        self, player: Player, ear: Ear, recorder: Recorder, on_frame: Callable[[float], None]
    ) -> None:
        """Start call time; `on_frame` gets the end of each frame in call time."""
        self._parts = (player, ear, recorder, on_frame)

    async def run(self) -> None:
        """Move sound until the call ends."""
        async for frame in self._audio.frames():
            if frame.early or self._parts is None:
                self.early_frames += 1
            else:
                self._take(frame, *self._parts)

    def _take(
        self,
        frame: Frame,
        player: Player,
        ear: Ear,
        recorder: Recorder,
        on_frame: Callable[[float], None],
    ) -> None:
        recorder.add(frame.pcm, player.tick())
        ear.hear(frame.pcm, self.seconds, frame.at)
        self._frames += 1
        self.gaps += frame.gap
        on_frame(self.seconds)
