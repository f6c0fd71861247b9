"""What networks, adverts, people and answering machines say: the texts of the default cases.

Written apart from the phrases the product listens for, as the networks word them.
"""

from __future__ import annotations

ANNOUNCEMENTS: tuple[tuple[str, str], ...] = (
    ("invalid_number", "您好，您拨打的号码是空号，请核对后再拨。"),
    ("invalid_number", "对不起，您拨打的号码不存在，请查证后再拨。"),
    ("invalid_number", "您好，您所拨打的电话号码有误，请核实后再拨。"),
    ("invalid_number", "对不起，您所呼叫的号码为空号。"),
    ("out_of_service", "您好，您拨打的电话已停机。"),
    ("out_of_service", "对不起，您拨打的用户已暂停服务，请稍后再拨。"),
    ("out_of_service", "您好，您拨打的号码因欠费已停机。"),
    ("out_of_service", "您拨打的用户已申请停机保号，暂时不能接听电话。"),
    ("powered_off", "您好，您拨打的电话已关机，请稍后再拨。"),
    ("powered_off", "对不起，您所拨打的用户手机已关机。"),
    ("powered_off", "您拨打的用户已关机，您的来电信息将以短信方式通知对方。"),
    ("unreachable", "您好，您拨打的电话暂时无法接通，请稍后再拨。"),
    ("unreachable", "对不起，您拨打的用户不在服务区，请稍后再拨。"),
    ("unreachable", "您拨打的用户无法接通，将为您发送来电提醒。"),
    ("unreachable", "您好，您所拨打的用户暂时不在服务区内。"),
    ("busy", "您好，您拨打的电话正在通话中，请稍后再拨。"),
    ("busy", "对不起，您拨打的用户忙，请稍后再拨。"),
    ("busy", "您拨打的用户正忙，请稍后再拨。"),
    ("busy", "您好，请不要挂机，您拨打的电话正在通话中。"),
    ("no_answer", "您好，您拨打的电话暂时无人接听，请稍后再拨。"),
    ("no_answer", "对不起，您拨打的用户无人接听。"),
    ("no_answer", "您拨打的电话暂时无人应答，请稍后再拨。"),
    ("no_answer", "您拨打的用户现在无法接听您的电话，请稍后再拨。"),
    ("answering_service", "您好，您拨打的用户已启用来电提醒业务，我们会通知机主。"),
    ("answering_service", "您好，我是机主的通信助理，请问您有什么事情需要转告？"),
    ("answering_service", "您拨打的用户暂时无人接听，请在滴声后留言。"),
    ("answering_service", "您好，正在为您转接语音信箱，请留言。"),
    ("blocked", "对不起，您拨打的用户已设置呼叫限制。"),
    ("blocked", "您好，您的电话已被限制呼出。"),
    ("blocked", "对不起，对方已设置来电拦截，无法为您接通。"),
    ("congestion", "对不起，线路忙，请稍后再拨。"),
    ("congestion", "您好，网络繁忙，请稍后再试。"),
    ("trunk_fault", "您好，您的电话已欠费，请您及时充值。"),
    ("trunk_fault", "对不起，您的话费余额不足，请充值后再拨。"),
)

ADVERTS: tuple[str, ...] = (
    "您好，欢迎致电广西建筑有限公司，我们为您提供优质的服务，电话正在接通，请稍候。",
    "南宁欢迎您，绿城歌海，壮乡情深，请您耐心等待，对方马上接听。",
    "最新款手机限时优惠，关注公众号即可领取红包，祝您生活愉快。",
)

ENGLISH: dict[str, str] = {
    "invalid_number": "Sorry, the number you dialed does not exist, please check it first.",
    "powered_off": "Sorry, the subscriber you dialed is powered off.",
    "unreachable": "Sorry, the subscriber you dialed can not be connected for the moment.",
    "busy": "Sorry, the subscriber you dialed is busy now, please redial later.",
    "no_answer": "Sorry, the call is not answered, please redial later.",
    "out_of_service": "Sorry, the number you dialed is out of service.",
}

PEOPLE: tuple[str, ...] = (
    "喂，你好。",
    "喂。",
    "您好，哪位？",
    "喂，请问你是谁呀？",
    "喂喂喂，听得到吗？",
    "你好，我现在在开车，有什么事情请你快一点说。",
    "您好，南宁市兴宁区财务公司，请问您找哪一位？",
    "喂，你打错了吧，我不认识你，你到底是哪里的？",
    "哎，说。",
    "您好，这里是办公室，领导现在不在，您晚一点再打过来吧。",
    "喂，是税务局吗？我等你们的电话很久了。",
    "我没有空，等一下再打给我。",
)

MACHINES: tuple[tuple[str, bool], ...] = (
    ("您好，您拨打的用户暂时无法接听，请在滴声后留言。", True),
    ("您好，我是机主的智能助理，请问您有什么事情？", False),
    ("您好，机主现在不方便接电话，有事请留言，我会转告他。", False),
    ("您好，这里是语音信箱，听到提示音后请录音。", True),
    ("您好，我是他的电话助理，您可以把事情告诉我。", False),
    ("您好，这里是来电助手，主人正在忙，请问您有什么需要转达的吗？", False),
    ("我现在不在家，嘀的一声之后请留下您的姓名和电话。", True),
    ("您好，机主已开启智能代接，请说出您的来意。", False),
)
"""The words and whether a beep follows."""
