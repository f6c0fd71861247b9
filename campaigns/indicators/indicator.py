"""The table of the 13 indicators: what is counted, the target, and what a step costs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from campaigns.indicators.figure import Figure
from campaigns.indicators.target import AtLeast, AtMost, Target, Within


class Unit(StrEnum):
    """What a value is expressed in."""

    PERCENT = "%"
    SECONDS = "s"
    COMPLAINTS = "complaints"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. `step`: how much of the unit costs one point. `suspendable`: it does not
    count in a month of a declared emergency. `quarterly`: it counts in a quarter's last month."""

    number: int
    name: str
    counted: str
    unit: Unit
    target: Target
    step: Fraction
    suspendable: bool = False
    quarterly: bool = False

    def value(self, figure: Figure) -> Fraction | None:
        """Return a figure in this indicator's unit; None: nothing was measured."""
        value = figure.value
        return value * 100 if value is not None and self.unit is Unit.PERCENT else value

    def steps(self, value: Fraction, month: int) -> Fraction:
        """Return how many steps a value misses the month's target by."""
        return self.target.distance(value, month) / self.step


_ONE = Fraction(1)
_PERCENT, _SECONDS = Unit.PERCENT, Unit.SECONDS
_BUSY_MONTHS = {1: 90, 12: 90}

ON_TIME, COMPLAINTS = 8, 11

INDICATORS = (
    Indicator(1, "人工接通率", "人工接听量 / 转接人工来电量", _PERCENT,
              AtLeast(95, _BUSY_MONTHS), _ONE, suspendable=True),
    Indicator(2, "平均等待时长", "转人工请求至接听的秒数 / 接听量", _SECONDS,
              AtMost(30), Fraction(3), suspendable=True),
    Indicator(3, "业务处理时长", "通话开始至小结完成的秒数 / 通话量", _SECONDS,
              Within(180, 360), Fraction(30), suspendable=True),
    Indicator(4, "即时推送满意度评价率", "评价量 / 服务总量", _PERCENT,
              AtLeast(80), _ONE, suspendable=True),
    Indicator(5, "即时满意率", "（非常满意+满意）/ 即时评价数量", _PERCENT,
              AtLeast(95), _ONE, suspendable=True),
    Indicator(6, "解答准确率", "无严重错误的样本 / 业务样本", _PERCENT, AtLeast(95), _ONE),
    Indicator(7, "服务规范率", "无严重违规的样本 / 服务样本", _PERCENT, AtLeast(95), _ONE),
    Indicator(ON_TIME, "按时办结率", "按时办结量 / 当月到期量", _PERCENT, AtLeast(90), _ONE),
    Indicator(9, "培训测试通过率", "通过人数 / 应参加人数", _PERCENT, AtLeast(95), _ONE),
    Indicator(10, "人员流失率", "流失人数 / 期末人数", _PERCENT, AtMost(8), _ONE),
    Indicator(COMPLAINTS, "服务投诉量", "当季属实投诉", Unit.COMPLAINTS,
              AtMost(2), _ONE, quarterly=True),
    Indicator(12, "当日呼损电话回拨率", "当日已回拨 / 当日应回拨", _PERCENT, AtLeast(100), _ONE),
    Indicator(13, "质检率", "质检量 / 人工接听量", _PERCENT, AtLeast(5), Fraction(1, 2)),
)  # fmt: skip

SPECIAL_ON_TIME = AtLeast(100)
"""Complaints (投诉) and tax reports (涉税举报) are all closed in time."""
