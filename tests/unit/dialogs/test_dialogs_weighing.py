"""One meaning out of several ways to hear a remark."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.questionnaire.model import Option, Question, QuestionType
from dialogs.ports import Heard, Reading
from dialogs.understanding import READ_BACK_BELOW, understand
from dialogs.understanding.confusion import meant_as
from dialogs.understanding.correction import after_correction
from dialogs.understanding.expected import expected_phrases
from dialogs.understanding.pinyin import syllables_of
from dialogs.understanding.tone import told_apart
from dialogs.understanding.understood import Understood
from dialogs.understanding.weighing import Way, weigh

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
RATING = Question("r", QuestionType.RATING, "您打几分？", minimum=0, maximum=10)
GRADE = Question("s", QuestionType.SATISFACTION, "您满意吗？")
PLACE = Question(
    "p",
    QuestionType.SINGLE_CHOICE,
    "在哪里办的？",
    options=(Option("hall", "税务大厅"), Option("etax", "电子税务局"), Option("wx", "微信小程序")),
)
TAXES = Question(
    "t",
    QuestionType.MULTIPLE_CHOICE,
    "办过哪些？",
    options=(Option("filing", "纳税申报", ("申报",)), Option("social", "社保缴费", ("社保",))),
)


def _heard(*ways: tuple[str, str, float]) -> Heard:
    readings = tuple(Reading(tuple(said.split()), tones, share) for said, tones, share in ways)
    return Heard("", readings[0].syllables, 0.9, 0.0, 1.0, readings=readings)


def _said(question: Question, *ways: tuple[str, str, float]) -> tuple[object, bool] | None:
    """What is understood, and whether it is taken without reading it back."""
    meaning = understand(question, _heard(*ways), NOW)
    return None if meaning is None else (meaning.value, meaning.confidence >= READ_BACK_BELOW)


def test_the_second_best_hearing_answers_where_the_best_does_not() -> None:
    assert _said(RATING, ("san fan", "11", 0.7), ("san fen", "11", 0.3)) == (3, True)


def test_hearings_that_disagree_are_read_back_or_asked_again() -> None:
    assert _said(GRADE, ("bu man yi", "434", 0.75), ("man yi", "34", 0.25)) == (2, False)
    assert _said(GRADE, ("bu man yi", "434", 0.5), ("man yi", "34", 0.5)) is None


def test_a_faint_digit_is_read_back() -> None:
    assert _said(RATING, ("zai", "4", 0.95), ("san", "1", 0.05)) == (3, False)


def test_what_is_clearly_something_else_is_no_answer() -> None:
    assert _said(GRADE, ("man bu man yi", "3434", 0.99), ("man yi", "34", 0.01)) is None
    assert _said(RATING, ("qi ba fen", "111", 0.98), ("ba fen", "11", 0.02)) is None
    assert _said(RATING, ("shi wu fen", "231", 0.9), ("wu fen", "31", 0.02)) is None


def test_systematic_mishearings_are_undone() -> None:
    bill = Question(
        "b",
        QuestionType.SINGLE_CHOICE,
        "办什么？",
        options=(Option("invoice", "开发票"), Option("social", "交社保")),
    )
    assert _said(bill, ("kai fa tiao", "114", 1.0)) == ("invoice", True)


def test_a_number_guessed_from_other_words_is_only_read_back() -> None:
    assert _said(RATING, (" ".join(syllables_of("我是他儿子")), "", 1.0)) == (2, False)


def test_tones_tell_four_from_ten_and_just_from_nine() -> None:
    assert _said(RATING, ("si fen", "21", 1.0)) == (10, True)
    assert _said(RATING, ("si fen", "41", 1.0)) == (4, True)
    assert _said(RATING, ("na jiu qi fen", "4411", 1.0)) == (7, True)
    assert told_apart(("shi", "wu"), "43") == ("shi", "wu")
    assert told_apart(("jiu",), "4") == ("jiu",)
    assert told_apart(("jiu", "fen"), "") == ("jiu", "fen")


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("七分，不对，八分", 8),
        ("七分不是八分", 8),
        ("百分之八十", None),
        ("九分吧", 9),
        ("给个七分", 7),
    ],
)
def test_ratings(words: str, value: int | None) -> None:
    said = _said(RATING, (" ".join(syllables_of(words)), "", 1.0))
    assert (said[0] if said else None) == value


@pytest.mark.parametrize(
    ("words", "value"), [("百分之八十", 80), ("八成", 80), ("七八成", None), ("一百二", 120)]
)
def test_shares_and_shortened_numbers(words: str, value: int | None) -> None:
    question = Question("n", QuestionType.NUMBER, "多少？")
    said = _said(question, (" ".join(syllables_of(words)), "", 1.0))
    assert (said[0] if said else None) == value


def test_part_of_a_label_that_no_other_option_has_is_enough() -> None:
    assert _said(PLACE, ("da ting", "41", 1.0)) == ("hall", True)
    assert _said(PLACE, ("xiao cheng xu", "324", 1.0)) == ("wx", True)
    assert _said(PLACE, ("shui wu", "44", 1.0)) is None


def test_a_list_with_an_unknown_part_is_not_taken_for_the_rest() -> None:
    assert _said(TAXES, ("lu piao he she bao", "44243", 1.0)) is None
    assert _said(TAXES, ("shen bao he she bao", "14243", 1.0)) == (["filing", "social"], True)


def test_expected_phrases_are_answers_of_the_question() -> None:
    for question in (RATING, GRADE, PLACE, TAXES):
        phrases = expected_phrases(question)
        assert 10 < len(phrases) <= 400
        understood = [_said(question, (" ".join(syllables_of(p)), "", 1.0)) for p in phrases]
        assert sum(each is not None for each in understood) >= 0.9 * len(phrases)


def test_a_correction_needs_both_sides() -> None:
    assert after_correction(("qi", "fen", "bu", "dui", "ba", "fen")) == ("ba", "fen")
    assert after_correction(("bu", "dui", "ba", "fen")) == ()
    assert after_correction(("qi", "fen", "bu", "dui")) == ()


def test_a_negation_is_never_read_into_a_remark() -> None:
    assert all("bu" not in meant for meant, _ in meant_as(("du", "man", "yi")))
    assert all(meant[0] == "bu" for meant, _ in meant_as(("bu", "tiao")))


@given(
    st.lists(
        st.tuples(st.sampled_from([None, 1, 2, 3]), st.floats(0, 1), st.integers(0, 8)), max_size=8
    )
)
def test_weighing_gives_the_likeliest_value_or_none(
    ways: list[tuple[int | None, float, int]],
) -> None:
    weighed = weigh(
        [Way(None if v is None else Understood(v, 0.9), share, n) for v, share, n in ways]
    )
    if weighed is not None:
        shares = {v: sum(s for w, s, _ in ways if w == v) for v in (1, 2, 3)}
        assert shares[weighed.value] == max(shares.values())
        assert 0 <= weighed.confidence <= 0.9000001
