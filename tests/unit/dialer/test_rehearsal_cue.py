"""The rehearsal person knows which question is open from badly heard syllables."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.questionnaire.file import parse
from campaigns.questionnaire.model import CampaignKind, Question, Questionnaire, QuestionType
from dialer.rehearsal.cue import Cue, CueReader, syllables_of

_SCRIPT = Questionnaire(
    id="callback",
    title="回访",
    kind=CampaignKind.SATISFACTION,
    opening="您好",
    closing="再见",
    identity="我是助手",
    questions=(
        Question("notice", QuestionType.NOTE, "本月的纳税申报期限是{deadline}，请按时申报。"),
        Question(
            "solved",
            QuestionType.YES_NO,
            "请问您上次咨询的问题解决了吗？",
            re_ask="您的问题解决了吗？解决了，或者还没有解决？",
        ),
        Question(
            "satisfaction",
            QuestionType.SATISFACTION,
            "请问您对我们的服务满意吗？是非常满意、满意、基本满意、不满意，还是非常不满意？",
        ),
        Question("reason", QuestionType.TEXT, "很抱歉没有让您满意。请问主要是哪里让您不满意呢？"),
        Question(
            "suggestion",
            QuestionType.TEXT,
            "请问您对我们的服务还有什么建议吗？没有的话，说没有就可以。",
        ),
    ),
)


@pytest.mark.parametrize("question", _SCRIPT.questions[1:], ids=lambda question: question.id)
def test_each_question_is_known_by_its_own_words(question: Question) -> None:
    heard = syllables_of("张先生您好，这里是热线，本通话将被录音。" + question.text)
    assert CueReader(_SCRIPT).read(heard) == Cue(question.id)


@pytest.mark.parametrize("question", _SCRIPT.questions[1:], ids=lambda question: question.id)
def test_a_sixth_of_the_syllables_misheard_changes_nothing(question: Question) -> None:
    heard = ["xx" if at % 6 == 3 else each for at, each in enumerate(syllables_of(question.text))]
    assert CueReader(_SCRIPT).read(heard) == Cue(question.id)


def test_another_wording_asks_the_same_question() -> None:
    heard = syllables_of("不好意思，您的问题解决了吗？解决了，或者还没有解决？")
    assert CueReader(_SCRIPT).read(heard).question_id == "solved"


def test_a_read_back_is_to_be_confirmed() -> None:
    assert CueReader(_SCRIPT).read(syllables_of("明天下午三点再给您打电话，可以吗？")) == Cue(
        read_back=True
    )


@pytest.mark.parametrize(
    "said", ["您好，本通话由人工智能合成语音播报", "本月的纳税申报期限是十五号，请按时申报", ""]
)
def test_a_remark_or_a_note_asks_nothing(said: str) -> None:
    assert CueReader(_SCRIPT).read(syllables_of(said)) == Cue()


def test_only_the_last_question_of_an_utterance_is_open() -> None:
    solved, satisfaction = _SCRIPT.questions[1], _SCRIPT.questions[2]
    heard = syllables_of(solved.text + "好的，" + satisfaction.text)
    assert CueReader(_SCRIPT).read(heard).question_id == "satisfaction"


def test_the_bot_that_did_not_understand_wants_to_hear_it_again() -> None:
    assert CueReader(_SCRIPT).read(syllables_of("不好意思，我没有听清。")) == Cue(repeat=True)


def test_options_are_known_in_any_order() -> None:
    path = Path(__file__).parents[3] / "examples" / "service_quality.yaml"
    reader = CueReader(parse(path.read_text(encoding="utf-8")))
    said = "您办理过哪些业务？可以多选，最多选三个。有：社保缴费，发票业务，纳税申报，其他业务。"
    assert reader.read(syllables_of(said)).question_id == "business"
    assert reader.read(syllables_of("给社保缴费的办理体验打分，一分到十分，您打几分？")) == Cue(
        "rate"
    )
