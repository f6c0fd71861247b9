"""The walk through a questionnaire."""

from campaigns.questionnaire.model import CampaignKind, Question, Questionnaire, QuestionType
from campaigns.questionnaire.walk import answered_share, may_ask_again, next_question

Q = Questionnaire(
    id="q",
    title="回访",
    kind=CampaignKind.SATISFACTION,
    opening="开场",
    closing="再见",
    identity="助手",
    questions=(
        Question("hello", QuestionType.NOTE, "说明"),
        Question("solved", QuestionType.YES_NO, "解决了吗？"),
        Question("satisfaction", QuestionType.SATISFACTION, "满意吗？"),
        Question("reason", QuestionType.TEXT, "为什么？", when="satisfaction <= 2"),
        Question("wish", QuestionType.TEXT, "建议？", when="区域 == '青秀区'", required=False),
    ),
)


def path(answers: dict[str, object], attributes: dict[str, str]) -> list[str]:
    walked: list[str] = []
    question = next_question(Q, {}, attributes)
    while question is not None:
        walked.append(question.id)
        known = {key: answers.get(key) for key in walked}
        question = next_question(Q, known, attributes, after=question.id)
    return walked


def test_branches_on_answers_and_attributes() -> None:
    assert path({"satisfaction": 5}, {}) == ["hello", "solved", "satisfaction"]
    assert path({"satisfaction": 1}, {"区域": "青秀区"}) == [
        "hello",
        "solved",
        "satisfaction",
        "reason",
        "wish",
    ]
    assert path({}, {}) == ["hello", "solved", "satisfaction"]


def test_ask_limit() -> None:
    question = Q.question("solved")
    assert [may_ask_again(question, asked) for asked in (1, 2, 3)] == [True, True, False]


def test_answered_share_counts_what_was_due() -> None:
    assert answered_share(Q, {}, {}) == 0
    assert answered_share(Q, {"solved": False}, {}) == 0.5
    assert answered_share(Q, {"solved": False, "satisfaction": 4}, {}) == 1
    assert answered_share(Q, {"solved": None, "satisfaction": 2}, {}) == 1 / 3
    assert answered_share(Q, {"solved": True, "satisfaction": 4, "wish": None}, {}) == 1
    attributes = {"区域": "青秀区"}
    assert answered_share(Q, {"solved": True, "satisfaction": 4, "wish": None}, attributes) == 1
    assert answered_share(Q, {"solved": True, "wish": "快一点"}, attributes) == 2 / 3
