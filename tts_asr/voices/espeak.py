"""The espeak-ng voice: robotic, but speaks at once; the last resort."""

from __future__ import annotations

import io
import shutil
import subprocess
import wave

from tts_asr.errors import UnspeakableText, VoiceUnavailable
from tts_asr.normalization import speakable
from tts_asr.ports import Clip

_WORDS_A_MINUTE = 170
_TIMEOUT_S = 20.0


class EspeakSynthesizer:
    """Debian's `espeak-ng`, voice `cmn`: 22.05 kHz clips in a few milliseconds."""

    name = "espeak"
    live = True
    voices: tuple[str, ...] = ("cmn",)
    version = "1"

    def __init__(self) -> None:
        program = shutil.which("espeak-ng")
        if program is None:
            raise VoiceUnavailable(
                "espeak-ng is not installed: install it (Debian: apt install espeak-ng)"
            )
        self._program = program

    def synthesize(self, text: str, voice: str, speed: float = 1.0) -> Clip:
        """Speak; any voice name is spoken by the only voice there is."""
        spoken = speakable(text).strip()
        if not any(character.isalnum() for character in spoken):
            raise UnspeakableText("nothing in the text can be spoken: give Chinese text")
        done = subprocess.run(  # noqa: S603 (a fixed program; the text goes to its input)
            [self._program, "-v", "cmn", "-s", str(round(_WORDS_A_MINUTE * speed)),
             "--stdin", "--stdout"],
            input=spoken.encode(),
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )  # fmt: skip
        if done.returncode != 0 or not done.stdout:
            raise VoiceUnavailable(
                f"espeak-ng failed: {done.stderr.decode(errors='replace').strip() or 'no output'}"
            )
        # Its header promises 2 GB when it writes to a pipe; the data are what follows.
        with wave.open(io.BytesIO(done.stdout)) as clip:
            rate = clip.getframerate()
        at = done.stdout.index(b"data") + 8
        pcm = done.stdout[at:]
        return Clip(pcm=pcm[: len(pcm) // 2 * 2], rate=rate)
