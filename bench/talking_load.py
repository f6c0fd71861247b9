"""N conversations at once, measured at the callees' sockets: part `talk` of bench.concurrency."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterable, Iterator

from bench.dialer_talk import asked, bot_lines
from bench.load_process import run_load
from bench.rtp_capture import RtpPacket, arrivals_of
from bench.talking_callees import TalkingCallees, TalkLine, listen, packets_of
from bench.turns import Loud, percentile, turns_of
from dialer.rehearsal.phrase_book import choose_voice
from tts_asr.prompt_cache import PromptCache
from tts_asr.settings import SpeechSettings
from tts_asr.voices import load_synthesizer

_RATE = 5.0
_SPARE_S = 120.0
_GREETING = "喂，你好"
_ANSWERS = ("非常满意", "满意", "不满意")


async def talk(calls: int, seconds: float) -> dict[str, object]:
    """Talk for so many seconds and return the figures of both ends."""
    greeting, *answers = await asyncio.to_thread(_rendered)
    callees = TalkingCallees(greeting, answers)
    uas = await listen(callees)
    pacing = asyncio.create_task(callees.pace.run(), name="pace")
    try:
        figures = await run_load(
            sys.executable, "-m", "bench.dialer_talk",
            "--port", str(uas.port), "--calls", str(calls),
            "--seconds", str(seconds), "--rate", str(_RATE),
            within_s=seconds + calls / _RATE + _SPARE_S,
        )  # fmt: skip
    finally:
        pacing.cancel()
        await asyncio.gather(pacing, return_exceptions=True)
        with contextlib.suppress(OSError):
            await uas.close()
    if "failed" in figures:
        return figures
    began_at, ended_at = figures.pop("began_at"), figures.pop("ended_at")
    far_end = arrivals_of(_arrived(callees.lines, began_at, ended_at)).as_json()
    del far_end["silent_percent"]  # pauses belong to a conversation
    return {
        **figures,
        **_replies(callees.lines, began_at, ended_at),
        "callees_late_ticks": callees.pace.late_ticks,
        "far_end": far_end,
    }


def _rendered() -> list[tuple[bytes, ...]]:
    """Render both sides' words, ahead; return the callees' as packets."""
    speech = SpeechSettings()
    synthesizer = load_synthesizer(speech)
    cache = PromptCache(speech.cache_dir / "rehearsal", synthesizer)
    voice = choose_voice("zm_yunxi", synthesizer.voices, speech.voice)

    def pcm(words: str, by: str) -> bytes:
        return (cache.find(words, by) or cache.render(words, by)).pcm

    for words in bot_lines(asked()):
        pcm(words, speech.voice)
    return [packets_of(pcm(words, voice)) for words in (_GREETING, *_ANSWERS)]


def _replies(lines: Iterable[TalkLine], began_at: float, ended_at: float) -> dict[str, object]:
    replies: list[float] = []
    unanswered = 0
    for line in lines:
        received = [Loud(packet.at, packet.loud) for packet in line.received]
        for turn in turns_of(line.sent, received):
            if not began_at <= turn.ended_at <= ended_at - 2.0:
                continue
            if turn.reply_s is None:
                unanswered += 1
            else:
                replies.append(turn.reply_s * 1000)
    if not replies:
        return {"replies": 0, "unanswered": unanswered}
    return {
        "replies": len(replies),
        "unanswered": unanswered,
        "reply_p50_ms": round(percentile(replies, 0.5)),
        "reply_p95_ms": round(percentile(replies, 0.95)),
    }


def _arrived(lines: Iterable[TalkLine], began_at: float, ended_at: float) -> Iterator[RtpPacket]:
    for number, line in enumerate(lines):
        for packet in line.received:
            if began_at <= packet.at <= ended_at:
                yield RtpPacket(packet.at, (b"", number), packet.sequence, silent=False)
