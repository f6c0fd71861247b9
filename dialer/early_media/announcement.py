"""What announcements say and what it means (operators' wordings, FIELD §4)."""

from __future__ import annotations

from dataclasses import dataclass

from dialer.early_media.verdict import Heard

_DECISIVE: dict[Heard, tuple[str, ...]] = {
    Heard.INVALID_NUMBER: (
        "号码是空号", "是空号", "为空号", "号码不存在", "电话号码有误", "号码有误", "号码不正确",
        "号码错误", "是无效号码", "尚未启用",
    ),
    Heard.OUT_OF_SERVICE: (
        "电话已停机", "用户已停机", "号码已停机", "已停机", "欠费停机", "停机保号", "暂停服务",
        "停止服务", "已暂停使用", "已销号", "拨打的电话已欠费", "拨打的用户已欠费",
    ),
    Heard.POWERED_OFF: (
        "电话已关机", "用户已关机", "手机已关机", "已关机", "用户关机", "处于关机", "关机状态",
    ),
    Heard.UNREACHABLE: (
        "无法接通", "暂时无法接通", "不在服务区", "暂时不能接通", "无法联系", "无信号",
    ),
    Heard.BUSY: (
        "正在通话中", "正在通话", "用户忙", "用户正忙", "电话正忙", "对方正忙", "对方忙",
        "电话占线", "用户占线", "用户线路忙", "用户线路正忙",
    ),
    Heard.NO_ANSWER: (
        "无人接听", "暂时无人接听", "无人应答", "没有人接听", "无法接听", "不能接听",
        "不方便接听", "没有应答",
    ),
    Heard.ANSWERING_SERVICE: (
        "来电提醒", "漏话提醒", "来电助手", "通信助理", "通讯助理", "智能助理", "电话助理",
        "语音助理", "智能秘书", "电话秘书", "语音信箱", "语音留言", "请留言", "请您留言",
        "滴声后", "嘀声之后", "后留言",
    ),
    Heard.BLOCKED: (
        "呼叫限制", "呼入限制", "限制呼出", "限制呼入", "限制呼叫", "呼叫受限", "来电拦截",
        "拒绝来电", "呼出权限", "呼叫权限", "呼叫被限制", "不允许呼叫",
    ),
    Heard.CONGESTION: (
        "线路忙", "线路正忙", "线路繁忙", "网络忙", "网络正忙", "网络繁忙", "系统忙", "系统繁忙",
        "线路全忙", "线路故障", "网络故障",
    ),
    Heard.TRUNK_FAULT: (
        "您的电话已欠费", "您的号码已欠费", "您的手机已欠费", "您的账户已欠费", "余额不足",
        "余额已不足",
        "您的话费", "请充值", "及时充值", "您的电话已停机",
    ),
}  # fmt: skip

_WAITING = ("请不要挂机", "不要挂机", "请勿挂机", "请不要挂断", "正在为您接通", "正在为您转接")

_WEAK: dict[Heard, tuple[str, ...]] = {
    Heard.INVALID_NUMBER: ("核对后再拨", "查证后再拨", "核实后再拨"),
}

_OVERRIDDEN_BY: dict[Heard, frozenset[Heard]] = {
    # 暂时无人接听，请在滴声后留言: a machine takes the call.
    Heard.ANSWERING_SERVICE: frozenset({Heard.NO_ANSWER, Heard.BUSY}),
    # 用户线路正忙 says 线路正忙, too.
    Heard.BUSY: frozenset({Heard.CONGESTION}),
    # 因欠费已停机; 停机保号，暂时不能接听.
    Heard.OUT_OF_SERVICE: frozenset({Heard.NO_ANSWER}),
    # 您的电话已欠费 is our own line, whatever else its announcement says.
    Heard.TRUNK_FAULT: frozenset({Heard.OUT_OF_SERVICE, Heard.BLOCKED}),
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """`waiting`: we are asked to hold on, so that the call must not be cancelled; `weak`: it
    decides only where nothing better was heard."""

    heard: Heard | None
    weak: bool = False
    waiting: bool = False


MEANINGS: dict[str, Meaning] = {
    **{phrase: Meaning(heard) for heard, phrases in _DECISIVE.items() for phrase in phrases},
    **{phrase: Meaning(heard, weak=True) for heard, phrases in _WEAK.items() for phrase in phrases},
    **{phrase: Meaning(None, waiting=True) for phrase in _WAITING},
}
"""Every phrase that is listened for before the answer."""


def overrides(newer: Heard, older: Heard) -> bool:
    """Whether a phrase said later tells more than the first."""
    return older in _OVERRIDDEN_BY.get(newer, frozenset())
