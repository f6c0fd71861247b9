"""The standard wordings of the conversation; a questionnaire may replace any by its key."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

STANDARD: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Nothing was heard.
        "silence_1": "您好，能听到我说话吗？",
        "silence_2": "不好意思，我没有听到您的声音。",
        "silence_end": "可能是信号不太好，那就先不打扰您了，再见。",
        # Something was heard but not understood.
        "no_match_1": "不好意思，我没有听清楚。",
        "no_match_2": "抱歉，我还是没听明白，麻烦您再说一次。",
        "skip": "没关系，我们看下一个问题。",
        "explain_satisfaction": "您可以直接说，非常满意、满意、基本满意、不满意，或者非常不满意。",
        "explain_yes_no": "您直接说是，或者不是，就可以。",
        "explain_choice": "您说出其中一个就可以，也可以说第几个。",
        "explain_number": "您直接说一个数字就可以，也可以用电话按键输入。",
        "explain_date": "您说几月几号，或者星期几，都可以。",
        "explain_text": "您想到什么就说什么，我都会记下来。",
        "about": "您随便说个大概就行。",
        # Reading an answer back.
        "read_back": "您说的是，",
        "read_back_end": "对吗？",
        "yes": "是",
        "no": "不是",
        "say_again": "好的，那请您再说一次。",
        # Interruptions.
        "repeat": "好的，我再说一遍。",
        "slower": "好的，我慢一点说。",
        "greet": "您好。",
        "fraud": "您放心，我们不收任何费用，也不问密码和验证码。您也可以拨打12366核实。",
        "duration": "很快的，大概一两分钟就好。",
        "complaint": "非常抱歉给您带来不好的感受，您反映的情况我记下来了。",
        "abuse_1": "实在抱歉，打扰到您了。",
        "abuse_end": "很抱歉打扰您了，再见。",
        "tax_question": "这个办税问题我解答不了，您可以拨打12366咨询。",
        "human_offer": "需要请工作人员联系您吗？",
        "human_not_wanted": "好的。",
        # Corrections and constraints.
        "reopen": "好的，我们回到上一个问题。",
        "nothing_to_reopen": "前面没有可以修改的回答。",
        "corrected": "好的，已经改过来了。",
        "constraint": "这个回答好像不太对，请您再说一次。",
        "choose_fewer": "您选得有点多，请您少选几个，再说一次。",
        "choose_more": "您选得少了一点，请您再说一次。",
        # The dialogue takes longer than it should.
        "wait": "好的，请您稍等一下。",
        # Another time.
        "busy": "好的，那请问您什么时候方便，我们再打给您？",
        "relative": "好的。请问本人什么时候方便接电话？",
        "when_again": "不好意思，请您说一下哪天、几点方便。",
        "call_at": "好的，那我们",
        "call_at_end": "再打给您，可以吗？",
        "call_at_set": "好的，到时候再联系您，再见。",
        "call_some_time": "好的，那我们换个时间再联系您，再见。",
        # Ends.
        "human": "好的，您需要人工服务，我已经记下了，会请工作人员尽快与您联系，再见。",
        "connecting": "好的，我帮您转接人工，请不要挂机。",
        "connecting_wait": "正在为您转接，请您再稍等一下。",
        "not_connected": "不好意思，坐席现在都在忙，我已经记下了，会请工作人员尽快联系您，再见。",
        "wrong_number": "不好意思，打扰您了，再见。",
        "opt_out": "好的，我已经记下了，以后不会再给您拨打这类电话，打扰您了，再见。",
        "refused": "好的，那就不打扰您了，再见。",
        "goodbye": "好的，感谢您的接听，再见。",
        "fault": "不好意思，系统出了点问题，我们稍后再联系您，再见。",
    }
)

DAYS: Final = (
    *("今天", "明天", "后天", "大后天"),
    *("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    *("下星期一", "下星期二", "下星期三", "下星期四", "下星期五", "下星期六", "下星期日"),
)
"""The days a call may be promised for, as spoken."""

_HOURS = (*"零一两三四五六七八九十", "十一", "十二")


def spoken_hour(hour: int, minute: int) -> str:
    """Return a time of day on the half hour as spoken: 15, 30 → 下午三点半."""
    part = "上午" if hour < 12 else "中午" if hour == 12 else "下午" if hour < 18 else "晚上"
    clock = _HOURS[hour if hour <= 12 else hour - 12]
    return f"{part}{clock}点{'半' if minute else ''}"


HOURS: Final = tuple(spoken_hour(hour, minute) for hour in range(8, 20) for minute in (0, 30))
"""The times of day a call may be promised for."""


class Phrases:
    """The wordings of one questionnaire."""

    def __init__(self, replaced: Mapping[str, str]) -> None:
        self._replaced = replaced

    def __getitem__(self, key: str) -> str:
        return self._replaced.get(key) or STANDARD[key]

    def numbered(self, key: str, number: int) -> str:
        """Return the wording for the `number`th time (from 1); the last one repeats."""
        while number > 1 and f"{key}_{number}" not in STANDARD:
            number -= 1
        return self[f"{key}_{number}"]
