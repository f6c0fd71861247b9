"""The plan of one person: loops, picks, orders, computed values, early ends."""

from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from campaigns.questionnaire.file import parse
from campaigns.questionnaire.plan import Plan
from campaigns.questionnaire.record import derived_names, every_question
from campaigns.questionnaire.walk import answered_share, due, next_step

SURVEY = parse((Path(__file__).parents[3] / "examples/service_quality.yaml").read_text("utf-8"))


def ids(plan: Plan, answers: dict[str, object]) -> list[str]:
    return [step.question.id for step in plan.steps(answers)]


def test_a_loop_asks_for_each_option_chosen() -> None:
    plan = Plan(SURVEY, {}, "seed")
    assert not any(each.startswith("rate") for each in ids(plan, {}))
    answers = {"visited": True, "business": ["filing", "other"]}
    looped = [each for each in ids(plan, answers) if "." in each]
    assert looped == ["rate.filing", "trouble.filing", "rate.other", "trouble.other"]
    step = plan.find("rate.other", answers)
    assert plan.values(answers, step)["item"] == "其他业务"
    assert plan.values(answers, step)["item_number"] == 2


def test_within_a_loop_names_mean_this_round_and_outside_the_list() -> None:
    plan = Plan(SURVEY, {}, "seed")
    answers = {"visited": True, "business": ["filing", "other"], "rate.filing": 2}
    asked = next_step(plan, answers, "rate.filing")
    assert asked is not None
    assert asked.question.id == "trouble.filing"
    answers |= {"trouble.filing": "慢", "rate.other": 9}
    following = next_step(plan, answers, "rate.other")
    assert following is not None
    assert following.question.id.startswith("recommend")
    values = plan.values(answers)
    assert values["rate"] == [2, 9]
    assert values["average"] == 5.5
    assert values["unhappy"] is True


def test_a_loop_over_an_attribute_numbers_its_items() -> None:
    text = """\
format: outbound-questionnaire/2
id: companies
title: 企业
kind: questionnaire
opening: 本通话由人工智能合成语音播报，通话将被录音。
identity: 我是助手。
closing: 再见。
questions:
  - group: each
    for_each: 企业
    most: 2
    questions:
      - {id: open, type: yes_no, text: "{item}还在经营吗？"}
"""
    plan = Plan(parse(text), {"企业": "甲公司、乙公司；甲公司,丙公司"})
    assert ids(plan, {}) == ["open.1", "open.2"]
    assert [plan.find(each, {}).item for each in ("open.1", "open.2")] == list(
        plan.items(plan.questionnaire.groups[0], {})
    )
    assert plan.values({}, plan.find("open.2", {}))["item"] == "乙公司"
    assert [each.id for each in every_question(plan.questionnaire)] == ["open.1", "open.2"]


@given(st.text(max_size=20))
def test_the_same_seed_gives_the_same_plan(seed: str) -> None:
    answers = {"visited": True, "business": ["filing"]}
    one, other = Plan(SURVEY, {}, seed), Plan(SURVEY, {}, seed)
    assert one.steps(answers) == other.steps(answers)
    assert one.drawn() == other.drawn()
    options = [option.value for option in one.find("business", {}).question.options]
    assert sorted(options) == ["filing", "invoice", "other", "social"]
    assert options[-1] == "other"
    assert options == one.drawn()["order_of_business"]
    asked = ids(one, answers)
    assert len({"recommend_a", "recommend_b"} & set(asked)) == 1
    assert {"minutes", "helped"} <= set(asked)


def test_people_are_dealt_out_evenly() -> None:
    drawn = [Plan(SURVEY, {}, f"task-{number}").drawn() for number in range(2000)]
    wordings = Counter(each["wording"][0] for each in drawn)
    orders = Counter(tuple(each["order_of_business"]) for each in drawn)
    assert set(wordings) == {"recommend_a", "recommend_b"}
    assert 900 < wordings["recommend_a"] < 1100
    assert len(orders) == 6
    assert min(orders.values()) > 250


def test_an_early_end_makes_the_rest_not_due() -> None:
    plan = Plan(SURVEY, {}, "seed")
    assert [step.question.id for step in due(plan, {"visited": False})] == ["visited"]
    assert answered_share(SURVEY, {"visited": False}, {}, "seed") == 1.0
    assert answered_share(SURVEY, {"visited": True}, {}, "seed") < 0.5


def test_quota_cells_are_known_when_their_condition_holds() -> None:
    plan = Plan(SURVEY, {}, "seed")
    assert plan.cells({"visited": True}) == ()
    assert plan.cells({"visited": True, "business": ["filing"]}) == ("one_business",)
    assert plan.cells({"visited": True, "business": ["filing", "other"]}) == ()


def test_options_are_offered_only_where_their_condition_holds() -> None:
    text = """\
format: outbound-questionnaire/2
id: offers
title: 选项
kind: questionnaire
opening: 本通话由人工智能合成语音播报，通话将被录音。
identity: 我是助手。
closing: 再见。
questions:
  - id: city
    type: single_choice
    text: 哪里？
    options: [{value: nn, label: 南宁}, {value: gl, label: 桂林}]
  - id: office
    type: single_choice
    text: 哪个大厅？
    options:
      - {value: a, label: 青秀大厅, when: city == 'nn'}
      - {value: b, label: 西乡塘大厅, when: city == 'nn'}
      - {value: c, label: 象山大厅, when: city == 'gl'}
      - {value: d, label: 别的大厅}
"""
    plan = Plan(parse(text), {})
    offered = plan.find("office", {"city": "gl"}).question.options
    assert [option.value for option in offered] == ["c", "d"]


def test_the_record_has_a_place_for_everything() -> None:
    asked = [question.id for question in every_question(SURVEY)]
    assert "rate.social" in asked
    assert "rate" not in asked
    assert set(derived_names(SURVEY)) == {
        "wording", "details", "order_of_business", "average", "unhappy",
    }  # fmt: skip
    answers = {"visited": True, "business": ["filing", "invoice", "social"]}
    assert set(ids(Plan(SURVEY, {}), answers)) <= set(asked)
