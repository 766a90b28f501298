"""The first configuration: answers in, a commented configuration folder out.

Pure but for ``write``: ``files`` gives the text of every file, so that tests load what a user would get.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from listener.errors import BadInput, Mistake
from listener.language import say
from listener.nlp.taxonomy import shipped_files


@dataclass(frozen=True, slots=True)
class Provider:
    """A mail provider's servers, as its own help pages give them (looked up in autumn 2026)."""

    name: str
    smtp_host: str
    smtp_port: int
    security: str
    imap_host: str
    password: str


PROVIDERS: Mapping[str, Provider] = {
    "exmail": Provider("腾讯企业邮", "smtp.exmail.qq.com", 465, "tls", "imap.exmail.qq.com", "客户端专用密码"),
    "qiye163": Provider("网易企业邮", "smtp.qiye.163.com", 465, "tls", "imap.qiye.163.com", "授权码"),
    "qq": Provider("QQ 邮箱", "smtp.qq.com", 465, "tls", "imap.qq.com", "授权码"),
    "163": Provider("163 邮箱", "smtp.163.com", 465, "tls", "imap.163.com", "授权码"),
    "outlook": Provider(
        "Outlook / Microsoft 365", "smtp.office365.com", 587, "starttls", "outlook.office365.com", "应用密码"
    ),
    "other": Provider("其他", "", 465, "tls", "", "密码"),
}
"""Presets by the word that ``--provider`` takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What ``listener init`` asks. Lists may be empty; the mail part may be left for later (empty ``mail_user``)."""

    company: str
    brands: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    trades: tuple[str, ...] = ()
    receiver: str = ""
    receiver_mail: str = ""
    provider: str = "other"
    mail_user: str = ""
    feed: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


def files(answers: Answers) -> dict[str, str]:
    """The text of each file below ``config/``, by its relative name."""
    made = {
        "listener.toml": _listener(answers),
        "people.toml": _people(answers),
        "routes.toml": _routes(answers),
        "sla.toml": SLA,
        "dealers.toml": DEALERS,
        "topics/company.toml": _topic(answers),
        "taxonomy/own.toml": TAXONOMY,
        "sources/news.toml": _feed(answers),
        "sources/forum.toml.example": FORUM,
    }
    made |= {f"taxonomy/{path.name}.example": path.read_text(encoding="utf-8") for path in shipped_files()}
    made |= {f"sources/{name}": text for name, text in examples().items()}
    return made | {f"imports/{name}": text for name, text in examples("imports", "*.toml").items()}


def examples(kind: str = "sources", names: str = "*.toml.example") -> dict[str, str]:
    """An example of a source for each platform, by its file name (``github.toml.example``); or of another folder."""
    here = Path(__file__).parent
    # an installed package has them inside (pyproject.toml, force-include), a checkout beside the package
    folder = next(path for path in (here / "examples" / kind, here.parent / "config" / kind) if path.is_dir())
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob(names))}


def write(folder: Path, answers: Answers) -> list[Path]:
    """Write ``folder/config/…``; the files written. ``BadInput`` where any of them exists: nothing is overwritten."""
    config = folder / "config"
    wanted = {config / name: text for name, text in files(answers).items()}
    present = [path for path in wanted if path.exists()]
    if present:
        what = say("已经存在，不会覆盖", "is there already and is not overwritten")
        mend = say("换一个目录，或先移走它", "choose another folder, or move it away")
        raise BadInput(Mistake(str(present[0]), what, mend))
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(wanted)


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(_quoted(word) for word in words) + "]"


def _listener(answers: Answers) -> str:
    return f"""# Listener 的主配置。修改后运行 listener check。
company = {_quoted(answers.company)}
timezone = "Asia/Shanghai"
language = "zh"                  # 邮件、报告和命令行的语言：zh 或 en

# 邮件中的链接指向这里；留空则邮件只带原文链接。网页服务默认只监听本机。
public_url = ""
# 一切正常时定期访问的外部地址（心跳）：守护进程停了，由外部服务报警。
heartbeat_url = ""
# 采集时在 User-Agent 中留下的联系方式，让网站管理员找得到你。
contact = {_quoted(answers.receiver_mail)}
# 公司代理，例如 "http://10.0.0.8:3128"；不走代理的主机写在 proxy_exceptions。
proxy = ""
proxy_exceptions = []

{_mail(answers)}
[web]
host = "127.0.0.1"
port = 8787

[schedule]
digest = "0 9,17 * * 1-5"        # 待核实等汇总邮件的时间（cron，本地时间）
report = "0 8 * * *"             # 每日报告

[backup]
keep = 7                         # 每晚备份数据库，保留几份（var/backups，最好另放一块磁盘）；0 不备份

[nlp]
products = {_list(answers.products)}
order_patterns = []              # 本公司订单号的正则（RE2 语法），例如 ["XY[0-9]{{10}}"]
"""


def _mail(answers: Answers) -> str:
    provider = PROVIDERS[answers.provider]
    sender = answers.mail_user or "listener@localhost.localdomain"
    host = provider.smtp_host if answers.mail_user and provider.smtp_host else "127.0.0.1"
    secure = host != "127.0.0.1"
    return f"""[mail]                           # {provider.name}；密码是{provider.password}，不是登录密码，
host = {_quoted(host)}           # 放在环境变量 LISTENER_MAIL_PASSWORD 中，不写在这里。
port = {provider.smtp_port if secure else 25}
security = "{provider.security if secure else "none"}"                # tls、starttls 或 none（仅本机）
user = {_quoted(answers.mail_user if secure else "")}
sender = {_quoted(sender)}
sender_name = {_quoted("Listener · " + answers.company)}

# 收信：对预警邮件的回复、退信，以及同事转交的链接、分享口令、聊天记录、截图（见 docs/intake.md）。去掉 # 启用。
# [imap]
# host = {_quoted(provider.imap_host or "imap.example.com")}
# user = {_quoted(sender)}        # 密码在环境变量 LISTENER_IMAP_PASSWORD 中
"""


def _people(answers: Answers) -> str:
    name, mail = answers.receiver or "值班", answers.receiver_mail or "service@example.com"
    return f"""# 人员。role：agent 客服，supervisor 主管，manager 经理，operator 运维，privacy 隐私专员。
[[people]]
name = {_quoted(name)}
mail = {_quoted(mail)}
role = "manager"
team = "客服"
"""


def _routes(answers: Answers) -> str:
    name = answers.receiver or "值班"
    return f"""# 派单规则：从上到下，第一条符合的生效；都不符合时发给 default。接收人是姓名或 "team:组名"。
default = ["team:客服"]
operators = [{_quoted(name)}]    # 采集异常发给谁

# [[routes]]
# name = "安全问题"
# severities = ["S1"]            # 还可用 topics、problems、sources
# to = ["team:客服"]
"""


SLA = """# 各紧急程度的时限：首次联系、处理方案、办结。business = true 时只在工作时间内计时，"1d" 是一个工作日。
working_hours = [["09:00:00", "12:00:00"], ["13:30:00", "18:00:00"]]

[S1]                             # 特急：全天候计时
first_contact = "15m"
plan = "2h"
close = "3d"
business = false

[S2]                             # 紧急
first_contact = "1h"
plan = "8h"
close = "7d"

[S3]                             # 一般
first_contact = "4h"
plan = "1d"
close = "15d"

[S4]                             # 关注
first_contact = "2d"
plan = "5d"
close = "15d"
"""

TAXONOMY = """# 问题分类与原因代码：自带的见旁边的 *.toml.example（只供查看）。在这里增加或改写，不需要改程序。
# 改完运行 listener check。
# 代码相同的覆盖自带的；off = true 去掉一个；其余为新增。
version = "own.1"

# [[problem]]
# code = "car.charging_pile"       # 行业.名称
# name = "充电桩"
# english = "charging pile"
# words = "充电桩坏 充电桩不通电"     # 出现任何一个即归入此类
# aspects = "充电桩 家充桩"           # 所在分句有不满时归入此类

# [[cause]]
# code = "car.pile_vendor"
# name = "桩企原因"
# english = "pile vendor"
"""

DEALERS = """# 经销商和服务网点（可选）。
# [[dealers]]
# name = "示例汽车杭州城西店"
# aliases = ["城西店"]
# region = "浙江杭州"
"""

FORUM = """# 论坛来源的样例：改名为 forum.toml 后生效。
name = "owners-forum"
platform = "discuz"
url = "https://bbs.example.com/"
forums = [2]                     # 版块编号，即地址中的 fid
every = "10m"
expect_per_day = [5, 500]        # 每天通常的新信息数；超出时结果为“可疑”
"""


def _topic(answers: Answers) -> str:
    words = tuple(dict.fromkeys((*answers.brands, *answers.products))) or (answers.company,)
    return f"""# 监测主题：出现 any 中任何一个词、must 中所有的词，且没有 exclude 中的词。
name = {_quoted(answers.company)}
any = {_list(words)}
must = []
exclude = []                     # 同名但无关的词，例如 ["晨曜摄影"]
products = {_list(answers.products)}
competitors = {_list(answers.competitors)}
trades = {_list(answers.trades)}    # 行业：只归入这些行业和通用的问题（taxonomy/*.example）；空为全部
"""


def _feed(answers: Answers) -> str:
    enabled = "true" if answers.feed else "false"
    address = answers.feed or "https://example.com/feed.xml"
    return f"""# 一个 RSS / Atom / JSON Feed 来源。
name = "news"
platform = "feed"
url = {_quoted(address)}
every = "15m"
enabled = {enabled}
"""
