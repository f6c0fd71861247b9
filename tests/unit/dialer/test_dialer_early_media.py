"""From tones and phrases to a verdict, and what is searched for phrases."""

from __future__ import annotations

import asyncio

import pytest

from dialer.early_media.announcement import MEANINGS
from dialer.early_media.cadence import Tone
from dialer.early_media.judge import Judge
from dialer.early_media.listener import EarlyMediaListener
from dialer.early_media.verdict import Heard
from tests.fakes.call_stage import run
from tests.fakes.sounds import Lexicon
from tests.fakes.spotting import LexiconKeywords
from tests.peers import progress_tones as sounds


def judged(*evidence: Tone | str) -> Judge:
    judge = Judge()
    for at, each in enumerate(evidence):
        if isinstance(each, Tone):
            judge.on_tone(each, at * 0.1)
        else:
            judge.on_phrase(each, 1.0, at * 0.1)
    return judge


@pytest.mark.parametrize(
    ("evidence", "heard"),
    [
        ((Tone.RING_BACK,), Heard.RINGING),
        ((Tone.RING_BACK, Tone.BUSY), Heard.BUSY),
        ((Tone.UNOBTAINABLE,), Heard.INVALID_NUMBER),
        ((Tone.BUSY, "已关机"), Heard.POWERED_OFF),
        ((Tone.RING_BACK, "无人接听"), Heard.NO_ANSWER),
        (("核对后再拨",), Heard.INVALID_NUMBER),
        (("核对后再拨", Tone.RING_BACK), Heard.INVALID_NUMBER),
        (("核对后再拨", "已停机"), Heard.OUT_OF_SERVICE),
        (("无人接听", "后留言"), Heard.ANSWERING_SERVICE),
        (("已关机", "来电提醒"), Heard.POWERED_OFF),
        (("无法接通", "来电提醒"), Heard.UNREACHABLE),
        (("欠费停机", "您的电话已停机"), Heard.TRUNK_FAULT),
        (("停机保号", "不能接听"), Heard.OUT_OF_SERVICE),
    ],
)
def test_the_best_evidence_wins(evidence: tuple[Tone | str, ...], heard: Heard) -> None:
    verdict = judged(*evidence).verdict
    assert verdict is not None
    assert verdict.heard is heard


def test_words_without_a_meaning_decide_nothing() -> None:
    assert judged("欢迎致电", "正在为您接通").verdict is None


def test_ring_back_and_weak_phrases_never_end_a_call() -> None:
    for evidence in ((Tone.RING_BACK,), (Tone.CALL_WAITING,), ("核对后再拨",)):
        assert not judged(*evidence).final(60.0)
    music = Judge()
    music.on_music(4.0)
    assert not music.final(60.0)


@pytest.mark.parametrize("order", [("请不要挂机", "正在通话中"), ("正在通话中", "请不要挂机")])
def test_a_call_that_waits_for_a_busy_person_is_not_cancelled(order: tuple[str, str]) -> None:
    judge = judged(*order)
    assert judge.verdict is not None
    assert judge.verdict.heard is Heard.BUSY
    assert not judge.final(60.0)


def test_a_phrase_that_is_often_continued_is_waited_on() -> None:
    judge = judged("无人接听")
    assert not judge.final(1.0)
    assert judge.final(1.3)
    assert judged("是空号").final(0.3)


def test_every_meaning_is_one_of_the_outcomes() -> None:
    told = {meaning.heard for meaning in MEANINGS.values() if meaning.heard}
    assert told == set(Heard) - {Heard.RINGING}


LEXICON = Lexicon()


class NoVoice:
    def feed(self, frame: bytes, /) -> float:
        return 0.0


def listened(pcm: bytes, *phrases: str) -> tuple[EarlyMediaListener, LexiconKeywords]:
    """Return a listener that has heard all of it, and its spotter."""
    keywords = LexiconKeywords(LEXICON, phrases)

    async def listen() -> EarlyMediaListener:
        listener = EarlyMediaListener(keywords, NoVoice())
        for at in range(0, len(pcm) - 319, 320):
            listener.hear(pcm[at : at + 320])
            await asyncio.sleep(0)
        await listener.close(last_words=True)
        return listener

    return run(listen()), keywords


def test_an_announcement_after_ring_back_is_a_dead_end() -> None:
    pcm = sounds.tone("ring_back", 6.0) + LEXICON.say("号码不存在") + sounds.silence(1.0)
    listener, _ = listened(pcm, "号码不存在")
    assert listener.dead_end.is_set()
    assert listener.verdict is not None
    assert listener.verdict.heard is Heard.INVALID_NUMBER
    assert 6.0 < listener.verdict.at_s < 7.5


def test_a_phrase_at_the_very_end_still_counts() -> None:
    listener, _ = listened(LEXICON.say("已关机"), "已关机")
    assert listener.verdict is not None
    assert listener.verdict.heard is Heard.POWERED_OFF


def test_tones_and_silence_cost_no_search() -> None:
    _, keywords = listened(sounds.silence(5.0) + sounds.tone("busy", 5.0), "已关机")
    assert len(keywords.heard) / 16000 < 2.0


def test_music_is_ring_back_and_searched_in_stretches_that_overlap() -> None:
    listener, keywords = listened(sounds.music(30.0))
    assert listener.verdict is not None
    assert listener.verdict.heard is Heard.RINGING
    assert not listener.verdict.decides
    assert not listener.dead_end.is_set()
    assert len(keywords.heard) / 16000 > 29.0


def test_without_a_spotter_tones_still_decide() -> None:
    async def listen() -> EarlyMediaListener:
        listener = EarlyMediaListener(None, NoVoice())
        pcm = sounds.tone("busy", 3.0)
        for at in range(0, len(pcm), 320):
            listener.hear(pcm[at : at + 320])
        await listener.close(last_words=True)
        return listener

    listener = run(listen())
    assert listener.dead_end.is_set()
    assert listener.verdict is not None
    assert listener.verdict.as_evidence()["evidence"] == "busy"


def test_the_clip_holds_the_last_seconds() -> None:
    listener, _ = listened(sounds.silence(20.0) + LEXICON.say("已关机"), "已关机")
    assert len(listener.clip) == 600
    assert LEXICON.read(b"".join(listener.clip)) == "已关机"
