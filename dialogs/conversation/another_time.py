"""Another time: when to call again, read back so that the promise is the right one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from dialogs.conversation.asking import ask, end
from dialogs.conversation.intention import interruption_said
from dialogs.conversation.returning import put_call_at, put_when
from dialogs.conversation.scene import Scene
from dialogs.conversation.state import AskedWhen, CallAtReadBack, State
from dialogs.ports import CallLater, ConversationOutcome, Heard, Keyed, NoInput
from dialogs.understanding.lexicon import Lexicon, words
from dialogs.understanding.moment import Moment, moment_said
from dialogs.understanding.yes_no import understand_yes_no

_HORIZON = timedelta(days=60)
_HALF_HOUR = 30
_MOST_TIMES = 2
_ASIDES = frozenset(
    words("repeat slower explain ask_identity ask_fraud ask_duration ask_tax complaint abuse greet")
) | {"refuse"}
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
    return put_when(scene, replace(state, pending=pending), scene.phrase(key), intent=intent)


def hear_when(scene: Scene, state: State, pending: AskedWhen | CallAtReadBack) -> State | None:
    """Hear the answer to that question or to the reading back of the time; None when it was an
    interruption."""
    if any(match.value for match in _GO_ON.scan(scene.turn.syllables)):
        return ask(scene, replace(state, pending=None), intent="affirm")
    moment = _moment(scene)
    if moment is not None and not _same(moment, pending):
        return _read_back(scene, state, moment, pending.times, "call_later")
    agreed = True if moment is not None else _agreed(scene)
    if isinstance(pending, CallAtReadBack) and agreed:
        return promise(scene, state, pending.at, pending.words)
    if agreed is None and interruption_said(scene.turn, None) in _ASIDES:
        return None
    if isinstance(pending, CallAtReadBack) and agreed is None:
        return _settle(scene, state, pending)
    if isinstance(scene.turn.input, NoInput) or pending.times >= _MOST_TIMES:
        return promise(scene, state, None, pending.words)
    asked = AskedWhen(pending.words or scene.turn.words, pending.times + 1)
    state = replace(state, pending=asked)
    return put_when(scene, state, scene.phrase("when_again"), intent="call_later")


def _settle(scene: Scene, state: State, pending: CallAtReadBack) -> State:
    """Ask once more whether the time suits; who then says nothing against it has agreed."""
    silent = isinstance(scene.turn.input, NoInput)
    leaving = interruption_said(scene.turn, None) == "goodbye"
    if silent or leaving or pending.times >= _MOST_TIMES:
        return promise(scene, state, pending.at, pending.words)
    again = replace(pending, times=pending.times + 1)
    before = scene.phrase("no_match", 1)
    return put_call_at(scene, state, again, before, intent="nlu_fallback")


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
    pending = CallAtReadBack(moment.at, scene.turn.words, times, moment.has_time)
    return put_call_at(scene, state, pending, intent=intent)


def _agreed(scene: Scene) -> bool | None:
    """Return whether the time read back suits; None when neither was said."""
    heard = scene.turn.input
    if isinstance(heard, Keyed):
        return {"1": True, "2": False}.get(heard.digits[:1])
    if not isinstance(heard, Heard):
        return None
    meaning = understand_yes_no("可以吗？", scene.turn.syllables)
    return None if meaning is None else bool(meaning.value)


def promise(scene: Scene, state: State, at: datetime | None, said: str) -> State:
    """Promise to call again, at a time or some time."""
    key = "call_some_time" if at is None else "call_at_set"
    steps = (CallLater(said, at), scene.say(scene.phrase(key), state))
    return end(replace(state, pending=None), steps, ConversationOutcome.CALL_LATER, "call_later")
