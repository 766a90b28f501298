"""答复话术: what may be answered, by problem, as plain text to copy. Pure but for reading the files.

    config/replies/NAME.toml    problems, public, private, approval

``public`` is said where everybody reads: it never asks for personal data and never says how somebody was recognised.
``private`` is for the private message. Phrases in ``approval`` promise something that a supervisor has to allow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field, field_validator

from listener.errors import BadInput, Mistake
from listener.files.toml_files import parse, validate
from listener.language import say
from listener.settings import Strict

__all__ = ["DEFAULT", "DEFAULT_ENGLISH", "Reply", "load_replies", "marked", "reply_for", "suited"]

_PERSONAL = re.compile(
    r"(?:提供|留下|发送|告知|回复|填写|公布|说一下|留一?个?)[^。！？\n]{0,12}"
    r"(?:手机|电话|身份证|订单号|车架号|VIN|车牌|地址|姓名|联系方式|微信)"
)
_PRIVATE_WAY = re.compile(r"私信|私聊|站内信|客服热线|拨打")
_RECOGNISED = re.compile(
    r"(?:查到|根据|匹配到|系统显示|识别出)[^。！？\n]{0,12}(?:您|你)(?:的)?(?:手机|订单|账号|身份|档案|资料)"
)


class Reply(Strict):
    """One file: for which problems (codes, or their beginnings; empty: any), and the texts."""

    problems: tuple[str, ...] = ()
    public: str = Field(min_length=1, max_length=500)
    private: str = Field(default="", max_length=2000)
    approval: tuple[str, ...] = ()

    @field_validator("public")
    @classmethod
    def _asks_nothing_personal(cls, text: str) -> str:
        found = _PERSONAL.search(text)
        if found and not _PRIVATE_WAY.search(text[: found.end() + 20]):
            what = f"公开答复不得索要个人信息：「{found.group()}」"
            raise ValueError(say(what, f"asks for personal data in public: {found.group()}"))
        found = _RECOGNISED.search(text)
        if found:
            what = f"公开答复不得说明如何认出客户：「{found.group()}」"
            raise ValueError(say(what, f"says in public how the customer was recognised: {found.group()}"))
        return text


DEFAULT = Reply(
    public="您好，看到您反映的情况，给您带来不便我们很抱歉。我们已安排专人跟进，请您私信我们，我们会尽快与您联系并反馈处理进展。",
    private="您好，我是负责跟进您所反映问题的客服。为尽快核实，请您告诉我们问题发生的时间、地点和经过，以及您希望如何解决；"
    "我们会在约定时间内给您答复。",
)
"""What is suggested where no file fits: courteous, and promises nothing."""

DEFAULT_ENGLISH = Reply(
    public="Hello, we are sorry to read this. Somebody is looking into it; please send us a private message, "
    "and we will come back to you as soon as we can.",
    private="Hello, I am looking after the matter that you raised. Please tell me when and where it happened "
    "and how you would like it to be solved; I will answer by the time we agree on.",
)


def load_replies(folder: Path) -> tuple[list[Reply], list[Mistake]]:
    """Every file of the folder, and what is wrong in them."""
    found: list[Reply] = []
    mistakes: list[Mistake] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            table, text = parse(path)
            found.append(validate(Reply, table, path, text))
        except BadInput as error:
            mistakes.extend(error.mistakes)
    return found, mistakes


def reply_for(problem: str, replies: Sequence[Reply]) -> Reply:
    """The reply that names the problem most exactly, else one for any problem, else ``DEFAULT``."""
    best, length = DEFAULT, -1
    for reply in replies:
        fits = [len(code) for code in reply.problems if problem == code or problem.startswith(f"{code}.")]
        if not reply.problems:
            fits = [0]
        if fits and max(fits) > length:
            best, length = reply, max(fits)
    return best


def suited(reply: Reply, language: str) -> Reply:
    """The reply, or the English one in place of the default where English is spoken."""
    return DEFAULT_ENGLISH if reply is DEFAULT and language == "en" else reply


def marked(text: str, reply: Reply) -> str:
    """The text with each promise that needs approval marked: 【需审批：…】."""
    for phrase in sorted(reply.approval, key=len, reverse=True):
        text = text.replace(phrase, say(f"【需审批：{phrase}】", f"[needs approval: {phrase}]"))
    return text
