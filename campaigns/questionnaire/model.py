"""What a questionnaire is: questions as data, immutable once versioned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class QuestionType(StrEnum):
    """How a question is answered."""

    SATISFACTION = "satisfaction"
    """Five grades, 5 = 非常满意 … 1 = 非常不满意."""
    YES_NO = "yes_no"
    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    RATING = "rating"
    """A whole number from `minimum` to `maximum`."""
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"
    NOTE = "note"
    """Something said without expecting an answer."""


class CampaignKind(StrEnum):
    """What a campaign calls people for."""

    SATISFACTION = "satisfaction"
    NOTIFICATION = "notification"
    QUESTIONNAIRE = "questionnaire"
    CALL_BACK = "call_back"
    FOLLOW_UP = "follow_up"


ANSWERING = frozenset({CampaignKind.CALL_BACK, CampaignKind.FOLLOW_UP})
"""The kinds that answer what the person brought up themselves."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a closed question; `words` are other ways people say it."""

    value: str
    label: str
    words: tuple[str, ...] = ()
    when: str | None = None
    """Offered only where this holds."""
    last: bool = False
    """Stays behind the others when their order is random (其他)."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    `when` is a condition over earlier answers and contact attributes (see
    `campaigns.questionnaire.condition`); the question is skipped where it is false. `ask_limit`
    is how often it is asked before it is left unanswered. `text` may hold `{name}` placeholders
    (contact attributes or earlier answers). `constraint` must hold for the answer (`value`), or
    `constraint_message` is said and the question asked again. Where `end_when` holds after the
    question, the call ends with `end_text`, by default the closing. `group` is the group it is in.
    """

    id: str
    type: QuestionType
    text: str
    options: tuple[Option, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    when: str | None = None
    required: bool = True
    barge_in: bool = True
    confirm: bool = False
    ask_limit: int = 3
    explain: str | None = None
    re_ask: str | None = None
    group: str | None = None
    shuffle: bool = False
    """Whether the options come in an order of each person's own."""
    constraint: str | None = None
    constraint_message: str | None = None
    end_when: str | None = None
    end_text: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that belong together: a section, a choice of sections (A/B), or a loop.

    A loop (`for_each`) asks its questions once for each option chosen in an earlier question, or
    for each item of a contact attribute (parted by ; 、 or commas), `most` items at most.
    `shuffle`: in an order of each person's own; `pick`: so many of the entries, drawn for each
    person.
    """

    id: str
    parent: str | None = None
    when: str | None = None
    for_each: str | None = None
    most: int = 10
    shuffle: bool = False
    pick: int | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """A cell: of the people for whom `when` holds, only `limit` are asked to the end; the others
    are thanked with `text`, by default the closing."""

    id: str
    when: str
    limit: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Faq:
    """An answer to questions people ask us, each in several wordings."""

    questions: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A whole script: what is said first and last, and the questions between.

    `identity` answers "who are you"; `ai_notice` is the sentence of the opening that says the
    voice is synthesised by AI and that the call is recorded (R1.5).
    """

    id: str
    title: str
    kind: CampaignKind
    opening: str
    closing: str
    identity: str
    questions: tuple[Question, ...]
    phrases: Mapping[str, str] = field(default_factory=dict)
    """Wordings that replace the standard ones (see `dialogs.phrases`)."""
    groups: tuple[Group, ...] = ()
    computed: Mapping[str, str] = field(default_factory=dict)
    """Values worked out of answers and attributes, by name; each may use those before it."""
    quotas: tuple[Quota, ...] = ()
    faq: tuple[Faq, ...] = ()

    def question(self, question_id: str) -> Question:
        """Return the question with this id, in a loop `question.item`, as it stands in the file;
        KeyError if there is none."""
        base, _, item = question_id.partition(".")
        for question in self.questions:
            if question.id == base:
                return replace(question, id=question_id) if item else question
        raise KeyError(question_id)

    def group(self, group_id: str) -> Group:
        """Return the group with this id; KeyError if there is none."""
        for group in self.groups:
            if group.id == group_id:
                return group
        raise KeyError(group_id)

    def groups_of(self, member: Question | Group) -> tuple[Group, ...]:
        """Return the groups a question or group is in, the outermost first."""
        name = member.group if isinstance(member, Question) else member.parent
        if name is None:
            return ()
        group = self.group(name)
        return (*self.groups_of(group), group)

    def loop_of(self, question: Question) -> Group | None:
        """Return the loop a question is in, None when it is asked once."""
        return next((each for each in self.groups_of(question) if each.for_each), None)
