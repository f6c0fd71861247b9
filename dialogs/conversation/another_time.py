"""Another time: when to call again, read back so that the promise is the right one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from dialogs.conversation.asking import ask, end, reply
from dialogs.conversation.scene import Scene
from dialogs.conversation.state import AskedWhen, CallAtReadBack, State
from dialogs.phrases import DAYS, spoken_hour
from dialogs.ports import CallLater, ConversationOutcome, Keyed, Listen, NoInput
from dialogs.understanding.lexicon import Lexicon, words
from dialogs.understanding.moment import Moment, moment_said
from dialogs.understanding.yes_no import understand_yes_no

_HORIZON = timedelta(days=60)
_HALF_HOUR = 30
_MOST_TIMES = 2
_NO_INPUT_S = 6.0
_WEEK = 7
_HINTS = ("今天下午", "明天上午", "明天下午", "晚一点", "半小时后")
_GO_ON = Lexicon(
    {
        True: words("你说吧 您说吧 现在可以 现在说吧 继续吧 说吧 现在方便 你继续 没事你说 可以说"),
        False: words("再说吧 以后再说吧 回头说吧 到时候说吧 改天说吧"),
    }
)


def ask_when(scene: Scene, state: State, key: str, intent: str) -> State:
    """Ask when to call again, or take the time that was said at once."""
    moment = _moment(scene)
    if moment is not None:
        return _read_back(scene, state, moment, 1, intent)
    pending = AskedWhen(scene.turn.words)
    return _ask(scene, replace(state, pending=pending), key, intent)


def hear_when(scene: Scene, state: State, pending: AskedWhen | CallAtReadBack) -> State:
    """Hear the answer to that question or to the reading back of the time."""
    if any(match.value for match in _GO_ON.scan(scene.turn.syllables)):
        return ask(scene, replace(state, pending=None), intent="affirm")
    moment = _moment(scene)
    if moment is not None and not _same(moment, pending):
        return _read_back(scene, state, moment, pending.times, "call_later")
    if isinstance(pending, CallAtReadBack) and not _refused(scene):
        return _promise(scene, state, pending.at, pending.words)
    if isinstance(scene.turn.input, NoInput) or pending.times >= _MOST_TIMES:
        return _promise(scene, state, None, pending.words)
    asked = AskedWhen(pending.words or scene.turn.words, pending.times + 1)
    return _ask(scene, replace(state, pending=asked), "when_again", "call_later")


def _ask(scene: Scene, state: State, key: str, intent: str) -> State:
    listen = Listen(None, _HINTS, _NO_INPUT_S)
    return reply(state, (scene.say(scene.phrase(key), state), listen), intent)


def _moment(scene: Scene) -> Moment | None:
    now = scene.turn.now
    moment = moment_said(scene.turn.syllables, now)
    if moment is None:
        return None
    moment = replace(moment, at=_on_the_half_hour(moment.at))
    return moment if now < moment.at < now + _HORIZON else None


def _on_the_half_hour(at: datetime) -> datetime:
    """Round up to what is said when the time is read back."""
    whole = at.replace(second=0, microsecond=0) + timedelta(minutes=bool(at.second))
    return whole + timedelta(minutes=-whole.minute % _HALF_HOUR)


def _same(moment: Moment, pending: AskedWhen | CallAtReadBack) -> bool:
    return isinstance(pending, CallAtReadBack) and moment.at == pending.at


def _read_back(scene: Scene, state: State, moment: Moment, times: int, intent: str) -> State:
    at = moment.at
    spoken = [spoken_day(at, scene.turn.now)]
    if moment.has_time:
        spoken.append(spoken_hour(at.hour, at.minute))
    segments = (*scene.phrase("call_at"), *spoken, *scene.phrase("call_at_end"))
    pending = CallAtReadBack(at, scene.turn.words, times)
    steps = (scene.say(segments, state), Listen(None, ("可以", "好的", "不行"), _NO_INPUT_S))
    return reply(replace(state, pending=pending), steps, intent)


def spoken_day(at: datetime, now: datetime) -> str:
    """Return a day as spoken on the day of `now`: 明天, 星期五, 下星期二, 十二月一日."""
    days = (at.date() - now.date()).days
    if days < 4:
        return DAYS[days]
    weeks = (at.date() - (now.date() - timedelta(days=now.weekday()))).days // _WEEK
    if weeks < 2:
        return DAYS[4 + weeks * _WEEK + at.weekday()]
    return f"{at.month}月{at.day}日"


def _refused(scene: Scene) -> bool:
    heard = scene.turn.input
    if isinstance(heard, Keyed):
        return heard.digits.startswith("2")
    meaning = understand_yes_no("可以吗？", scene.turn.syllables)
    return meaning is not None and not meaning.value


def _promise(scene: Scene, state: State, at: datetime | None, said: str) -> State:
    key = "call_some_time" if at is None else "call_at_set"
    steps = (CallLater(said, at), scene.say(scene.phrase(key), state))
    return end(replace(state, pending=None), steps, ConversationOutcome.CALL_LATER, "call_later")
