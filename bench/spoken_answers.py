"""Spoken answers to measure understanding with: a file of cases, or our own set rendered once."""

from __future__ import annotations

import csv
import json
import wave
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle
from pathlib import Path
from typing import Any

from bench.recordings import audio_folder, recordings
from bench.speaker import Speaker
from campaigns.errors import InvalidInput
from campaigns.questionnaire.document import FORMATS
from campaigns.questionnaire.file import from_document
from campaigns.questionnaire.model import Questionnaire
from tests.peers import g711
from tts_asr.prompt_cache import PromptCache
from tts_asr.settings import SpeechSettings
from tts_asr.voices import load_synthesizer

OWN_ANSWERS = Path(__file__).with_name("spoken_answers.tsv")
UNSEEN_ANSWERS = Path(__file__).with_name("spoken_answers_unseen.tsv")
_RATE = 8000
_NO_TEXT = {
    "yes_no": "请问可以吗？",
    "satisfaction": "请问您满意吗？",
    "rating": "请问您打几分？",
    "number": "请问是多少？",
    "date": "请问是哪一天？",
    "text": "请问是为什么？",
}
_WINDOW = [
    {"value": "web", "label": "电脑网页", "words": ["电脑", "网页", "网站"]},
    {"value": "app", "label": "手机应用", "words": ["手机", "软件"]},
    {"value": "agent", "label": "代理机构", "words": ["代理", "会计", "代账公司"]},
    {"value": "hall", "label": "办税大厅", "words": ["大厅", "窗口"]},
]
_REASONS = [
    {"value": "wait", "label": "等待时间长", "words": ["等太久", "时间太长", "排队"]},
    {"value": "attitude", "label": "服务态度不好", "words": ["态度不好", "态度差"]},
    {"value": "unsolved", "label": "问题没有解决", "words": ["没解决", "没有解决"]},
    {"value": "process", "label": "流程复杂", "words": ["流程太复杂", "手续麻烦", "麻烦"]},
]
_BUSINESS = [
    {"value": "filing", "label": "纳税申报", "words": ["申报", "报税"]},
    {"value": "invoice", "label": "发票业务", "words": ["发票", "开票"]},
    {"value": "social", "label": "社保缴费", "words": ["社保", "缴费"]},
]
_PLACES = [
    {"value": "hall", "label": "税务大厅"},
    {"value": "etax", "label": "电子税务局"},
    {"value": "wechat", "label": "微信小程序"},
    {"value": "phone", "label": "电话热线"},
]
_AGES = [
    {"value": "a", "label": "三十岁以下"},
    {"value": "b", "label": "三十到五十岁"},
    {"value": "c", "label": "五十岁以上"},
]
_TAXES = [
    {"value": "vat", "label": "增值税"},
    {"value": "iit", "label": "个人所得税"},
    {"value": "stamp", "label": "印花税"},
]
QUESTIONS: Mapping[str, Mapping[str, Any]] = {
    "satisfaction": {"type": "satisfaction", "text": "请问您对我们的服务满意吗？"},
    "solved": {"type": "yes_no", "text": "请问您上次咨询的问题解决了吗？"},
    "understood": {"type": "yes_no", "text": "请问刚才说的您听清楚了吗？"},
    "need": {"type": "yes_no", "text": "请问您需要上门辅导吗？"},
    "used": {"type": "yes_no", "text": "请问您用过电子税务局吗？"},
    "rating": {"type": "rating", "min": 0, "max": 10, "text": "零到十分，您打几分？"},
    "times": {"type": "number", "min": 0, "max": 300, "text": "您一个月大约登录几次？"},
    "channel": {"type": "single_choice", "text": "您主要用哪种方式？", "options": _WINDOW},
    "reason": {"type": "single_choice", "text": "您不满意的原因是什么？", "options": _REASONS},
    "business": {"type": "multiple_choice", "text": "您办过哪些业务？", "options": _BUSINESS},
    "day": {"type": "date", "text": "您哪一天方便？"},
    "why": {"type": "text", "text": "请问您为什么不满意？"},
    "satisfaction_bare": {"type": "satisfaction"},
    "yes_no_bare": {"type": "yes_no"},
    "rating_bare": {"type": "rating", "min": 0, "max": 10},
    "rating5": {"type": "rating", "min": 1, "max": 5},
    "number_bare": {"type": "number"},
    "place": {"type": "single_choice", "options": _PLACES},
    "age": {"type": "single_choice", "options": _AGES},
    "taxes": {"type": "multiple_choice", "options": _TAXES},
    "day_bare": {"type": "date"},
    "text_bare": {"type": "text"},
}
"""The questions our own answers are given to."""


@dataclass(frozen=True, slots=True)
class SpokenAnswer:
    """One answer: s16le mono PCM at 8 kHz, the questionnaire whose only question it answers, and
    what it means: `value:` with JSON, `intent:` with a name, or `no_match`."""

    name: str
    pcm: bytes
    questionnaire: Questionnaire
    expected: str


def read_cases(path: Path) -> Iterator[SpokenAnswer]:
    """Read a TSV with the header `wav`, `question`, `expected`. Raises InvalidInput."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for number, row in enumerate(rows, 2):
        missing = [name for name in ("wav", "question", "expected") if not row.get(name)]
        if missing:
            raise InvalidInput(f"{path.name} line {number}: {', '.join(missing)} is missing")
        asked = questionnaire_of(_json(row["question"], f"{path.name} line {number}"))
        pcm = _pcm(path.parent / row["wav"])
        yield SpokenAnswer(row["wav"], pcm, asked, _expected(row["expected"]))


class Half(StrEnum):
    """Halves of the answers in many voices: one to improve on, one to measure with."""

    DEV = "dev"
    TEST = "test"


def varied_cases(settings: SpeechSettings, half: Half) -> Iterator[SpokenAnswer]:
    """One half of the answers that vary in wording, speaker, loudness and noise. Which half an
    answer is in does not depend on how it is understood."""
    with UNSEEN_ANSWERS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    engine = load_synthesizer(settings)
    clips = PromptCache(settings.cache_dir / "bench" / "answers", engine)
    voices = [voice for voice in engine.voices if voice != settings.voice]
    for row in rows:
        saying = f"{row['question']}\t{row['text']}"
        speaker = Speaker.of(saying, voices)
        if half is not list(Half)[speaker.seed % 2]:
            continue
        name = f"{row['text']} ({row['question']}, {speaker})"
        asked = questionnaire_of(QUESTIONS[row["question"]])
        yield SpokenAnswer(name, speaker.say(row["text"], clips), asked, _expected(row["expected"]))


def own_cases(settings: SpeechSettings) -> Iterator[SpokenAnswer]:
    """Our first set: each answer in one of the voices that are not the bot's, through A-law. The
    rules of understanding were tuned on it."""
    with OWN_ANSWERS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    engine = load_synthesizer(settings)
    clips = PromptCache(settings.cache_dir / "bench" / "answers", engine)
    voices = [voice for voice in engine.voices if voice != settings.voice]
    for row, voice in zip(rows, cycle(voices), strict=False):
        clip = clips.render(row["text"], voice)
        asked = questionnaire_of(QUESTIONS[row["question"]])
        pcm = g711.decode(g711.encode(clip.pcm))
        name = f"{row['text']} ({row['question']}, {voice})"
        yield SpokenAnswer(name, pcm, asked, _expected(row["expected"]))


def questionnaire_of(question: Mapping[str, Any]) -> Questionnaire:
    """A questionnaire of this one question, whose id and text may be missing."""
    kind = str(question.get("type"))
    labels = "、".join(option.get("label", "") for option in question.get("options", ()))
    asked = {"id": "answer", "text": _NO_TEXT.get(kind, f"请问是{labels}里的哪一个？"), **question}
    return from_document(
        {
            "format": FORMATS[1],
            "id": "spoken-answer",
            "title": "测听",
            "kind": "questionnaire",
            "opening": "您好，本通话由人工智能合成语音播报，通话将被录音。",
            "identity": "我是智能语音助手。",
            "closing": "再见。",
            "questions": [asked],
        }
    )


def _expected(text: str) -> str:
    text = text.strip()
    return text if text == "no_match" or text.startswith("intent:") else f"value:{text}"


def _json(text: str, where: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"{where}: the question is no JSON: {error}") from error
    if not isinstance(data, dict):
        raise InvalidInput(f"{where}: the question is no JSON object")
    return data


def _pcm(path: Path) -> bytes:
    with wave.open(str(path)) as clip:
        shape = (clip.getframerate(), clip.getnchannels(), clip.getsampwidth())
        if shape != (_RATE, 1, 2):
            raise InvalidInput(f"{path.name} is not 8 kHz 16-bit mono but {shape}")
        return clip.readframes(clip.getnframes())


_REAL = {
    "rating": {"一": 1, "二": 2, "三": 3, "五": 5, "七": 7, "九": 9},
    "satisfaction": {"满意": 4, "一般": 3, "不满": 2, "人工": "transfer_human", "忙": "busy_now"},
    "solved": {"对": True, "没有": False, "重复": "repeat", "再见": "goodbye", "谢谢": None},
    "need": {"需要": True, "可以": True, "不用": False, "不行": False},
}
"""What single words of real people mean as answers to our own questions."""


def real_cases() -> Iterator[SpokenAnswer]:
    """Words of a real person, where the recordings are beside the project."""
    folder = audio_folder()
    said = {each.name: each.pcm for each in recordings(folder)} if folder else {}
    for question, meanings in _REAL.items():
        for word, meaning in meanings.items():
            if word in said:
                name = f"{word} ({question}, a real person)"
                asked = questionnaire_of(QUESTIONS[question])
                yield SpokenAnswer(name, said[word], asked, _meant(meaning))


def _meant(meaning: bool | int | str | None) -> str:
    if meaning is None:
        return "no_match"
    return f"intent:{meaning}" if isinstance(meaning, str) else f"value:{json.dumps(meaning)}"
