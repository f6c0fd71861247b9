"""A conversation held in a test: words in, replies out, without Rasa."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.questionnaire.model import CampaignKind, Option, Question, Questionnaire
from campaigns.questionnaire.model import QuestionType as Type
from campaigns.script import Script
from dialogs.conversation import Intent, State, Turn, converse
from dialogs.ports import (
    AnswerGiven,
    ConversationOutcome,
    HangUp,
    Heard,
    Keyed,
    Listen,
    NoInput,
    Reply,
    Say,
    TurnInput,
)
from dialogs.understanding.pinyin import syllables_of

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=ZoneInfo("Asia/Shanghai"))

CALLBACK = Questionnaire(
    id="satisfaction-callback",
    title="回访",
    kind=CampaignKind.SATISFACTION,
    opening="{name}您好，这里是12366热线。本通话由人工智能合成语音播报，通话将被录音。耽误您一分钟。",
    closing="感谢您的配合，再见。",
    identity="我是12366热线的智能语音回访助手。",
    questions=(
        Question(
            "solved", Type.YES_NO, "请问您上次咨询的问题解决了吗？", re_ask="您的问题解决了吗？"
        ),
        Question(
            "satisfaction", Type.SATISFACTION, "请问您对我们的服务满意吗？", explain="说满意就行。"
        ),
        Question("reason", Type.TEXT, "请问主要是哪里让您不满意呢？", when="satisfaction <= 2"),
        Question(
            "suggestion",
            Type.TEXT,
            "请问您还有什么建议吗？",
            when="satisfaction >= 3",
            required=False,
            ask_limit=1,
        ),
    ),
)

SURVEY = Questionnaire(
    id="survey",
    title="问卷",
    kind=CampaignKind.QUESTIONNAIRE,
    opening="您好。本通话由人工智能合成语音播报，通话将被录音。",
    closing="问卷结束，再见。",
    identity="我是智能语音调查助手。",
    questions=(
        Question(
            "channel",
            Type.SINGLE_CHOICE,
            "您主要用哪种方式？",
            options=(
                Option("web", "电脑网页", ("电脑", "网页")),
                Option("app", "手机应用", ("手机", "软件")),
            ),
        ),
        Question("score", Type.RATING, "用{channel}您打几分？", minimum=0, maximum=10),
        Question(
            "times", Type.NUMBER, "您一个月登录几次？", minimum=0, maximum=100, required=False
        ),
        Question("visit", Type.DATE, "您哪一天方便？", required=False, ask_limit=2),
    ),
)

NOTICE = Questionnaire(
    id="notice",
    title="通知",
    kind=CampaignKind.NOTIFICATION,
    opening="您好。本通话由人工智能合成语音播报，通话将被录音。",
    closing="再见。",
    identity="我是智能语音助手。",
    questions=(
        Question("notice", Type.NOTE, "本月申报期限是{deadline}。", barge_in=False),
        Question("understood", Type.YES_NO, "请问刚才说的您听清楚了吗？"),
    ),
)


class Talk:
    """One conversation; `intents` stands for what the classifier says of a remark."""

    def __init__(
        self, questionnaire: Questionnaire, *, seed: str = "seed", **variables: str
    ) -> None:
        self.script = Script(questionnaire, variables, seed)
        self.full: frozenset[str] = frozenset()
        self.state: State | None = None
        self.reply = Reply(())
        self.given: list[AnswerGiven] = []
        self._turn(0, None, ())

    def says(self, words: str, confidence: float = 1.0, **intents: float) -> Reply:
        heard = Heard(words, syllables_of(words), confidence, 0.0, 1.0)
        ranking = tuple(Intent(name, share) for name, share in intents.items())
        return self._next(heard, ranking)

    def repeats(self, words: str) -> Reply:
        """Ask the last turn again, as after a lost reply."""
        assert self.state is not None
        heard = Heard(words, syllables_of(words), 1.0, 0.0, 1.0)
        return self._turn(self.state.turn, heard, ())

    def keys(self, digits: str) -> Reply:
        return self._next(Keyed(digits))

    def silent(self) -> Reply:
        return self._next(NoInput())

    @property
    def text(self) -> str:
        """Everything said in the last reply."""
        return "".join("".join(step.segments) for step in self.reply.steps if isinstance(step, Say))

    @property
    def question(self) -> str | None:
        last = self.reply.steps[-1]
        assert isinstance(last, Listen), last
        return last.question_id

    @property
    def outcome(self) -> ConversationOutcome:
        last = self.reply.steps[-1]
        assert isinstance(last, HangUp), last
        return last.outcome

    @property
    def last(self) -> dict[str, AnswerGiven]:
        """The answer given last to each question."""
        return {answer.question_id: answer for answer in self.given}

    @property
    def answers(self) -> dict[str, object]:
        return {answer.question_id: answer.value for answer in self.given}

    def _next(self, heard: TurnInput, ranking: tuple[Intent, ...] = ()) -> Reply:
        assert self.state is not None
        return self._turn(self.state.turn + 1, heard, ranking)

    def _turn(self, number: int, heard: TurnInput | None, ranking: tuple[Intent, ...]) -> Reply:
        turn = Turn(number, heard, ranking, NOW, self.full)
        self.state, self.reply = converse(self.script, self.state, turn)
        self.given += [step for step in self.reply.steps if isinstance(step, AnswerGiven)]
        return self.reply
