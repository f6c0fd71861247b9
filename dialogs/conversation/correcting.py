"""Corrections: 刚才那题我选错了, or 不对，是… right after an answer was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from campaigns.questionnaire.model import Question, QuestionType
from dialogs.conversation.answering import take
from dialogs.conversation.asking import reply
from dialogs.conversation.retrying import ask_again
from dialogs.conversation.returning import return_to_open
from dialogs.conversation.scene import Scene
from dialogs.conversation.state import ReadBack, State
from dialogs.ports import Heard
from dialogs.understanding import READ_BACK_BELOW, Understood, understand
from dialogs.understanding.lexicon import Lexicon, Match, words

INTENT = "correct_answer"
_REOPEN = "reopen"
_CUES = Lexicon(
    {
        _REOPEN: words(
            "刚才选错了 刚才说错了 刚才按错了 刚刚选错了 刚刚说错了 刚刚按错了 我选错了 我说错了 "
            "我按错了 选错了 说错了 按错了 讲错了 我讲错了 刚才那题我选错了 刚才那个问题我选错了 "
            "刚才那题错了 刚才那个错了 刚才那个不对 刚才那题不对 上一题错了 上一题选错了 "
            "上一个问题错了 上一个选错了 上一个说错了 回到上一题 返回上一题 回上一题 "
            "上一题重新选 重新选上一题 上一题我要改 我要改一下 我想改一下 我要改上一题 "
            "前面那题错了 前面那个错了 前面选错了 前面说错了 弄错了重来"
        ),
        "none": words("没选错 没说错 没有选错 没有说错 没按错 你们弄错了 你们说错了 你说错了"),
    }
)
_CONTRADICTIONS = tuple(
    sorted(
        (tuple(each.split()) for each in (
            "bu dui", "bu shi", "cuo le", "bu dui bu dui", "bu shi bu shi", "deng yi xia",
            "ei bu dui", "a bu dui", "e bu dui", "n bu dui", "o bu dui", "wo shi shuo",
        )),
        key=len,
        reverse=True,
    )
)  # fmt: skip
_LINKS = frozenset({"shi", "ying", "gai", "wo", "shuo", "de", "a", "o", "ai", "e", "n", "en"})


def correct(scene: Scene, state: State) -> State | None:
    """Take a correction of the last answer, or open its question again; None when the remark is
    no correction."""
    heard = scene.turn.input
    if not isinstance(heard, Heard):
        return None
    cues = _CUES.scan(scene.turn.syllables)
    if any(cue.value == "none" for cue in cues):
        return None
    if isinstance(state.pending, ReadBack):
        return _not_that(scene, state, heard, cues)
    last = _last_answered(scene, state)
    if not cues:
        return None if last is None else _contradict(scene, state, last, heard)
    if last is None:
        return return_to_open(scene, state, scene.phrase("nothing_to_reopen"), intent=INTENT)
    rest = _outside(scene.turn.syllables, [(cue.start, cue.end) for cue in cues])
    meaning = _meaning(scene, last, heard, rest)
    if meaning is not None:
        return _replace(scene, state, last, meaning)
    return return_to_open(
        scene, _back_at(state, last), scene.phrase("reopen"), again=False, intent=INTENT
    )


def _not_that(scene: Scene, state: State, heard: Heard, cues: Sequence[Match[str]]) -> State | None:
    """Right after a reading back it is that answer which was wrong."""
    if not cues:
        return None
    rest = _outside(scene.turn.syllables, [(cue.start, cue.end) for cue in cues])
    meaning = _meaning(scene, scene.open_question(state), heard, rest)
    state = replace(state, pending=None)
    if meaning is not None:
        return take(scene, state, meaning)
    return ask_again(scene, state, scene.phrase("say_again"), INTENT)


def _contradict(scene: Scene, state: State, last: Question, heard: Heard) -> State | None:
    """不对，是满意: only right after the answer, and only where it says another value."""
    if state.remarks > 1 or state.pending is not None:
        return None
    rest = _behind_contradiction(scene.turn.syllables)
    if rest is None:
        return None
    meaning = _meaning(scene, last, heard, rest)
    if meaning is None or meaning.value == state.answers.get(last.id):
        return None
    question = scene.open_question(state)
    if question.type is not QuestionType.TEXT and _meaning(scene, question, heard, rest):
        return None  # it may as well answer the open question
    return _replace(scene, state, last, meaning)


def _replace(scene: Scene, state: State, last: Question, meaning: Understood) -> State:
    taken = take(scene, _back_at(state, last), meaning)
    if taken.pending is not None:
        return taken
    said = scene.say(scene.phrase("corrected"), taken)
    return reply(taken, (said, *taken.reply.steps), INTENT)


def _last_answered(scene: Scene, state: State) -> Question | None:
    """The question answered last that is still in this person's plan."""
    known = {step.question.id for step in scene.plan.steps(state.answers)}
    for question_id in reversed(tuple(state.answers)):
        if question_id in known:
            return scene.plan.find(question_id, state.answers).question
    return None


def _back_at(state: State, question: Question) -> State:
    answers = {key: value for key, value in state.answers.items() if key != question.id}
    reopened = (*state.reopened, question.id)
    state = replace(state, question=question.id, answers=answers, reopened=reopened)
    return replace(state, asked=1, remarks=1, misses=0, pending=None, notes=())


def _meaning(
    scene: Scene, question: Question, heard: Heard, syllables: Sequence[str]
) -> Understood | None:
    if question.type is QuestionType.TEXT or not syllables:
        return None
    said = replace(heard, text="", syllables=tuple(syllables), readings=())
    meaning = understand(question, said, scene.turn.now)
    return meaning if meaning is not None and meaning.confidence >= READ_BACK_BELOW else None


def _behind_contradiction(syllables: Sequence[str]) -> tuple[str, ...] | None:
    for each in _CONTRADICTIONS:
        if tuple(syllables[: len(each)]) == each:
            return _outside(syllables, [(0, len(each))])
    return None


def _outside(syllables: Sequence[str], spans: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """Return the syllables outside these spans, without the words that link them (是, 应该是)."""
    rest = [
        each
        for at, each in enumerate(syllables)
        if not any(start <= at < end for start, end in spans)
    ]
    while rest and rest[0] in _LINKS:
        del rest[0]
    return tuple(rest)
