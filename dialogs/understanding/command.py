"""Commands: remarks to the bot that are complete as they stand (转人工, 打错了, 再说一遍)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from dialogs.understanding.lexicon import Lexicon, words
from dialogs.understanding.pinyin import fold

_EVERYWHERE = "everywhere"
_AT_CLOSED = "at closed"
"""Said to a question for free text these may be the beginning of the answer (转人工要等很久)."""


def _joined(*parts: str) -> list[str]:
    """Return every phrase that takes one word of each part; `-` stands for nothing."""
    return ["".join(each).replace("-", "") for each in product(*map(words, parts))]


_COMMANDS = Lexicon(
    {
        _EVERYWHERE: [
            *_joined("- 你 您 是不是", "打错", "- 电话 号码", "了"),
            *words("找错人了 你找错人了 认错人了 搞错人了 拨错了 拨错号码了 没有这个人"),
            *_joined("- 以后", "别 不要", "- 再", "- 给我", "打", "- 电话", "- 过来", "了"),
            *_joined("别再 不要再", "- 给我", "打", "- 电话", "- 过来"),
            *_joined("再", "说 讲 念 问", "- 一", "遍 次"),
            *_joined("重复", "- 一遍 一下 一次"),
            *_joined("没 没有", "听清 听清楚 听到 听见"),
            *_joined("听不", "清 清楚 到 见"),
            *_joined("- 请问", "你 您 你们", "是", "谁 哪位 哪里 哪里的 哪个单位 干什么的"),
            *_joined("你 你们", "是", "- 不是", "骗子 诈骗 机器人 真人"),
            *_joined("- 说 讲 请说", "慢", "点 一点 一点儿"),
            *words("你说什么 说什么 慢点说 慢一点说 什么意思 这是什么意思 你什么意思 哪位"),
            *_joined("没 不", "兴趣 感兴趣"),
            *words("再见 拜拜 就这样 我挂了"),
        ],
        _AT_CLOSED: [
            *_joined("- 请 帮我 给我", "转 找 接 要 转接", "人工", "- 服务 客服 座席 坐席"),
            *words("人工 人工服务 人工客服 真人 找真人 转真人 找客服 转客服 接客服"),
            *_joined("- 我", "- 现在 这会儿 这会", "没", "空 时间 工夫"),
            *_joined("- 我", "- 现在 正 正在", "- 在", "开会 开车 上班 忙 上课 吃饭"),
            *_joined("- 我", "- 现在", "很 有点 比较", "忙"),
            *_joined("- 现在", "不 不太", "方便", "- 接电话 说话"),
            *_joined("晚点 晚一点 等会 等会儿 待会 待会儿 等一下 过会 过会儿 改天", "再", "打 说"),
            *_joined("晚点 等会 待会 改天", "再打", "来 过来 给我"),
            *words("改天吧 忙着呢 在忙呢 不知道 我不知道 不清楚 我不清楚 不记得 忘了 我忘了"),
            *_joined("不需要 不用 不要", "- 回访 调查"),
            *_joined("- 我", "要", "投诉"),
            *_joined("还要 要 需要", "多久 多长时间"),
            *_joined("他 她 本人", "不在", "- 家"),
        ],
    }
)
_BESIDE = frozenset(
    map(
        fold,
        words("n e a o ba la le de ma ne ya ai wei wo jiu na ge qing ni hao xie hai ma fan xing"),
    )
)
"""What may stand beside a command: 嗯, 喂, 那个, 麻烦你, 吧, 好吗, 谢谢."""
_MOST_BESIDE = 4


def is_command(syllables: Sequence[str], *, free_text: bool) -> bool:
    """Return whether the remark is a whole command and nothing else; `free_text`: whether the
    open question is for free text, where fewer remarks are clear."""
    found = _COMMANDS.scan(syllables)
    taken = {at for match in found for at in range(match.start, match.end)}
    beside = [each for at, each in enumerate(syllables) if at not in taken]
    if not found or len(beside) > _MOST_BESIDE:
        return False
    if free_text and any(match.value == _AT_CLOSED for match in found):
        return False
    return all(fold(each) in _BESIDE for each in beside)
