"""What answering machines and assistants say of themselves, and people do not."""

from __future__ import annotations

MACHINE_PHRASES: tuple[str, ...] = (
    "请在滴声后", "滴声之后", "嘀声之后", "滴的一声", "提示音后", "提示音之后", "请留言",
    "后留言", "有事请留言", "请您留言", "语音信箱", "智能助理", "智能助手", "通信助理", "通讯助理",
    "电话助理", "语音助理", "来电助手", "电话秘书", "智能秘书", "智能代接", "我是机主",
    "机主现在", "机主已", "转告机主", "来电提醒", "请在听到",
    "拨打的用户", "拨打的电话", "拨打的号码", "请稍后再拨",
)  # fmt: skip
"""Also the network's own words: some networks answer the call to play them."""
