"""What a remark wants, in the light of the open question: the classifier's ranking narrowed to
what makes sense now, and a few phrases that are clear by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from campaigns.questionnaire.model import Question, QuestionType
from dialogs.conversation.scene import Intent, Turn
from dialogs.understanding.lexicon import Lexicon, words
from dialogs.understanding.pinyin import plain, syllables_of

ENDINGS: Final = frozenset({"opt_out", "wrong_number", "transfer_human"})
"""Said clearly, these win over any answer."""
_LEAVINGS: Final = frozenset({"goodbye", "refuse"})
"""These end the call, too: a garbled answer must not be taken for one."""
INTERRUPTIONS: Final = ENDINGS | {
    *words("repeat slower explain ask_identity ask_fraud ask_duration busy_now call_later refuse"),
    *words("complaint abuse relative_answers ask_tax greet goodbye dont_know"),
}
_GRADES: Final = {"sat_very": 5, "sat_good": 4, "sat_ok": 3, "sat_bad": 2, "sat_very_bad": 1}
_TRUTHS: Final = {"affirm": True, "deny": False}
_ANSWERS: Final = {
    QuestionType.SATISFACTION: frozenset(_GRADES),
    QuestionType.YES_NO: frozenset(_TRUTHS),
    QuestionType.SINGLE_CHOICE: frozenset({"choose_option"}),
    QuestionType.MULTIPLE_CHOICE: frozenset({"choose_option"}),
    QuestionType.RATING: frozenset({"give_number"}),
    QuestionType.NUMBER: frozenset({"give_number"}),
    QuestionType.DATE: frozenset({"give_number", "call_later"}),
    QuestionType.TEXT: frozenset({"inform_reason"}),
}
_CLEAR_FROM = 0.7
_ENDING_FROM = 0.5
_LIKELY_FROM = 0.3
_SHARE_FROM = 0.45
_TEXT_FROM = 0.6
_SHORT = 12
"""Syllables; a longer remark to an open question is its answer, not an interruption."""

_CLEAR = Lexicon(
    {
        "opt_out": words(
            "别再打 别打了 不要再打 不要打了 别再给我打 不要再给我打 以后别打 以后不要打 "
            "不要打给我 别打给我 别给我打电话 不要给我打电话 把我拉黑 不准再打 别再打来 "
            "不要再联系我 别再联系我 停止拨打 删掉我的号码 把我号码删了 别再骚扰我 不要再骚扰我 "
            "以后不要再给我打 以后别再给我打 不要再打了 别再打了 不要再打电话 别再打电话"
        ),
        "wrong_number": words(
            "打错了 你打错了 打错电话 打错号码 拨错了 找错人 你找错人了 号码不对 电话打错了 "
            "我不是这个人 不是我本人的号码 没有这个人 没这个人 认错人了 搞错人了 号码错了"
        ),
        "transfer_human": words(
            "转人工 转接人工 接人工 找人工 要人工 我要人工 人工客服 人工座席 人工坐席 人工服务 "
            "叫人工 帮我转人工 真人 找真人 换个人 换真人 找客服 转客服 接客服 叫你们领导 "
            "我要跟人说 我要和人说 不跟机器人说 不想跟机器人"
        ),
        "none": words(
            "不用转人工 不转人工 不需要转人工 不用人工 没打错 没有打错 不是打错 人工智能 "
            "人工服务态度 人工客服态度 人工客服太 人工服务太 人工服务很 人工客服很 人工客服不 "
            "人工服务不 打不通人工 转人工太 转人工要 转人工很 接人工太 接人工要 等人工"
        ),
    }
)


def says_opt_out(text: str, syllables: Sequence[str]) -> bool:
    """Return whether the words alone ask never to be called again; needs no classifier."""
    heard = plain(syllables) or syllables_of(text)
    return any(match.value == "opt_out" for match in _CLEAR.scan(heard))


def ending_said(turn: Turn, question: Question | None) -> str | None:
    """Return the ending that was clearly asked for, None when none was."""
    open_text = question is not None and question.type is QuestionType.TEXT
    if open_text and len(turn.syllables) > _SHORT:
        return None
    said = {match.value for match in _CLEAR.scan(turn.syllables)}
    for name in ("opt_out", "wrong_number", "transfer_human"):
        if name in said:
            return name
    best = best_intent(turn.ranking)
    return best.name if best and _is_ending(best, turn, _CLEAR_FROM) else None


def _is_ending(intent: Intent, turn: Turn, sure: float) -> bool:
    if intent.name not in ENDINGS or intent.confidence < sure:
        return False
    return all(match.value != "none" for match in _CLEAR.scan(turn.syllables))


def interruption_said(turn: Turn, question: Question | None) -> str | None:
    """Return the interruption the remark most likely is, None when it is none."""
    kind = question.type if question else None
    if kind is QuestionType.TEXT:
        best = best_intent(turn.ranking)
        if best is None or len(turn.syllables) > _SHORT or best.confidence < _TEXT_FROM:
            return None
    else:
        best = _narrowed(turn.ranking, kind)
    if best is None or best.name not in INTERRUPTIONS:
        return None
    if best.name in _LEAVINGS and best.confidence < _ENDING_FROM:
        return None
    if best.name in ENDINGS and not _is_ending(best, turn, _ENDING_FROM):
        return None
    return best.name


def answer_meant(turn: Turn, question: Question) -> int | bool | None:
    """Return the grade or truth the classifier read where the words themselves were not known;
    it is sure of less than the words are, so it is always read back."""
    best = _narrowed(turn.ranking, question.type)
    if best is None or best.confidence < _SHARE_FROM:
        return None
    if question.type is QuestionType.SATISFACTION:
        return _GRADES.get(best.name)
    return _TRUTHS.get(best.name) if question.type is QuestionType.YES_NO else None


def best_intent(ranking: Sequence[Intent]) -> Intent | None:
    """Return the most likely intent that is not the fallback."""
    named = (each for each in ranking if each.name != "nlu_fallback")
    return max(named, key=lambda each: each.confidence, default=None)


def _narrowed(ranking: Sequence[Intent], kind: QuestionType | None) -> Intent | None:
    sensible = INTERRUPTIONS | (_ANSWERS.get(kind, frozenset()) if kind else frozenset(_TRUTHS))
    narrowed = [each for each in ranking if each.name in sensible]
    best = best_intent(narrowed)
    total = sum(each.confidence for each in narrowed)
    if best is None or best.confidence < _LIKELY_FROM or best.confidence < _SHARE_FROM * total:
        return None
    return best
