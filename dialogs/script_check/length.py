"""How long a text takes to say, and which are too long for a telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from campaigns.questionnaire.model import Question, Questionnaire, QuestionType
from dialogs.script_check.finding import Finding, warning

CHARACTERS_PER_S = 4.0
"""Mandarin voices at telephone speed say about 240 characters a minute."""
LONGEST_S = 20.0
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_PLACEHOLDER_LENGTH = 4
_SILENT = re.compile(r"[\s，。、！？；：,.!?;:“”‘’\"'()（）《》—…·-]")
_PAUSE = re.compile(r"[，。！？；：,.!?;:]")
_PAUSE_S = 0.25
_LATIN = re.compile(r"[A-Za-z]+")
_MOST_ASKED = 15


def seconds_of(text: str, options: Sequence[str] = ()) -> float:
    """Return about how many seconds a text takes; `{options}` stands for these labels."""
    text = text.replace("{options}", "，".join(options))
    text = _PLACEHOLDER.sub("字" * _PLACEHOLDER_LENGTH, text)
    pauses = len(_PAUSE.findall(text)) * _PAUSE_S
    spoken = _LATIN.sub(lambda match: "字" * max(1, len(match.group()) // 2), text)
    return len(_SILENT.sub("", spoken)) / CHARACTERS_PER_S + pauses


def too_long(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Find what is said in one go for longer than people listen, and loops that go on and on."""
    texts = [
        ("opening", questionnaire.opening),
        ("identity", questionnaire.identity),
        ("closing", questionnaire.closing),
        *((f"phrase {key}", text) for key, text in questionnaire.phrases.items()),
        *((f"answer to {each.questions[0]}", each.answer) for each in questionnaire.faq),
    ]
    for place, text in texts:
        yield from _judge(place, seconds_of(text))
    for question in questionnaire.questions:
        yield from _question(question)
    yield from _statements(questionnaire)
    for group in questionnaire.groups:
        inside = [
            each
            for each in questionnaire.questions
            if group in questionnaire.groups_of(each) and each.type is not QuestionType.NOTE
        ]
        if group.for_each and group.most * len(inside) > _MOST_ASKED:
            yield warning(
                f"group {group.id}",
                f"the loop may ask {group.most * len(inside)} questions: lower `most` "
                f"to {max(1, _MOST_ASKED // len(inside))} or ask less in each round",
            )


def _question(question: Question) -> Iterator[Finding]:
    labels = [option.label for option in question.options]
    fields = {
        "text": question.text,
        "re_ask": question.re_ask,
        "explain": question.explain,
        "constraint_message": question.constraint_message,
        "end_text": question.end_text,
    }
    for key, text in fields.items():
        yield from _judge(f"{key} of question {question.id}", seconds_of(text or "", labels))


def _statements(questionnaire: Questionnaire) -> Iterator[Finding]:
    """What is said before the person is asked for the first time, and notes in a row."""
    said, first = seconds_of(questionnaire.opening), "opening"
    parts = 1
    for question in questionnaire.questions:
        said += seconds_of(question.text, [option.label for option in question.options])
        parts += 1
        if question.type is QuestionType.NOTE:
            continue
        if said > 2 * LONGEST_S and parts > 1:
            yield warning(
                f"{first} to question {question.id}",
                f"about {said:.0f} s are said before the person is asked: say less",
            )
        said, first, parts = 0.0, f"behind question {question.id}", 0


def _judge(place: str, seconds: float) -> Iterator[Finding]:
    if seconds > LONGEST_S:
        yield warning(
            place,
            f"takes about {seconds:.0f} s to say ({CHARACTERS_PER_S:g} characters a second); "
            f"people listen for {LONGEST_S:.0f} s: shorten it or make two of it",
        )
