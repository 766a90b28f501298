"""Pictures of the mails in Chromium: ``python -m tests.browser.shots_mail OUT``; 375 and 800 pixels, light and dark.

Each mail is rendered as it is sent; only the font is put in, since a machine need not have a Chinese one. The pictures
in docs/images come from here. What Chromium shows is what it shows: QQ Mail, NetEase and Outlook keep inline style and
tables and drop the rest, which is why nothing else carries meaning.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from listener.alerts.facts import AlertFacts, CaseFacts, CustomerFacts, EarlierCase, MentionFacts, MessageFacts
from listener.alerts.priority import Standing, factors, points
from listener.alerts.render import Look, render
from listener.model import AlertKind, CaseState, Evidence, Receiver, Severity, Word
from tests.browser.small_png import shrink
from tests.factories import NOW, ZONE

FONT = Path(__file__).parents[2] / "listener" / "reports" / "fonts" / "ListenerSansSC.otf"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
NAMES = {"car.brake": "制动", "car.screen": "中控屏", "service": "售后服务"}
LOOK = Look(
    company="晨曜汽车",
    zone=ZONE,
    now=NOW,
    case_link=lambda number: f"https://listener.example.com/cases/{number}?token=…",
    action_link=lambda number, action: f"https://listener.example.com/cases/{number}?do={action}",
    problem_name=lambda code, language: NAMES.get(code, code),
)
WANG = Receiver(name="西店李师傅", notifier="email", address="west@station.example")
OWNER = CustomerFacts(
    external_id="C-1001",
    name="王**",
    contacts=("138****5678",),
    segment="",
    product="晨曜 X5",
    dealer="沪东店",
    region="上海",
    since=NOW - timedelta(days=630),
    value=268_000.0,
    nth=3,
    earlier=(
        EarlierCase(number=31, opened_at=NOW - timedelta(days=40), problem="car.screen", satisfaction="mostly"),
        EarlierCase(number=12, opened_at=NOW - timedelta(days=60), problem="car.brake", satisfaction="satisfied"),
    ),
    score=0.97,
    reason="平台账号已绑定该客户",
    evidence=(Evidence("account", "车主老王", True), Evidence("place", "发帖地在外省", False)),
)
SAID = MentionFacts(
    text="晨曜X5刹车失灵，沪东店推来推去不给修，太危险了，要求退车！"
    "提车才一年多，客服电话 4001234567 打了三次都说记录了，没有下文。",
    url="https://bbs.example.com/forum.php?mod=viewthread&tid=8",
    platform="discuz",
    source="车主论坛",
    author="车主老王",
    published_at=NOW - timedelta(minutes=20),
    metrics={"views": 12_345, "replies": 38, "followers": 620},
    sentiment="negative",
    probabilities=(0.96, 0.03, 0.01),
    words=(Word("刹车失灵", -3.1, 4, 8), Word("推来推去", -1.9, 12, 16), Word("危险", -2.2, 22, 24)),
    complaint_reason="出现安全词「刹车失灵」；点名问题并提出诉求；指责推诿",
    severity_reason="涉及人身安全：「刹车失灵」",
    remedy="退车",
    safety=True,
)


def _case(severity: Severity, customer: CustomerFacts | None, **changes: object) -> CaseFacts:
    standing = Standing(
        severity=severity,
        worth=customer.value if customer else None,
        since=customer.since if customer else None,
        known=customer is not None,
        reach=12_345,
        others=2,
        recent=3 if customer else 1,
    )
    found = factors(standing, NOW)
    facts: dict[str, object] = {
        "number": 57,
        "fingerprint": "m-1",
        "state": CaseState.NEW,
        "severity": severity,
        "title": "晨曜X5刹车失灵，沪东店推来推去不给修",
        "topic": "晨曜",
        "problem": "car.brake",
        "opened_at": NOW,
        "first_contact_by": NOW + timedelta(minutes=15),
        "plan_by": NOW + timedelta(hours=2),
        "close_by": NOW + timedelta(days=3),
        "priority": points(found),
        "factors": tuple((each.name, each.value, each.why) for each in found),
        "recent": 3 if customer else 1,
        "wanted": "退车",
        "mentions": 3,
        "reposts": 2,
        "customer": customer,
    }
    return CaseFacts(**(facts | changes))  # type: ignore[arg-type]


def _alert(severity: Severity, case: CaseFacts, said: MentionFacts = SAID) -> AlertFacts:
    return AlertFacts(
        kind=AlertKind.CASE_OPENED,
        reason="新工单，含安全词，立即预警：点名问题并提出诉求",
        severity=severity,
        created_at=NOW,
        case=case,
        mention=said,
    )


def mails() -> Iterator[tuple[str, MessageFacts]]:
    """The mails that are shown, by name."""
    why = "派单规则「就近服务站」：适用于全部（最近的服务网点：沪西店，约 13 公里）"
    urgent = _alert(Severity.S1, _case(Severity.S1, OWNER))
    yield "case", MessageFacts(receiver=WANG, reason=why, alerts=(urgent,))
    outside = {"outside_name": "12315", "outside_number": "3100020261120001", "outside_by": NOW + timedelta(days=14)}
    stranger = _case(Severity.S2, None, number=58, **outside)
    plain = _alert(Severity.S2, stranger)
    yield "stranger", MessageFacts(receiver=WANG, reason=why, alerts=(plain,))
    many = tuple(
        _alert(Severity.S4, _case(Severity.S4, None, number=60 + number, state=CaseState.TO_VERIFY))
        for number in range(4)
    )
    yield "digest", MessageFacts(receiver=WANG, reason="派单规则「售后」：主题=晨曜", alerts=many, bundle=True)


def page(facts: MessageFacts) -> str:
    """The mail's HTML with the font put in."""
    face = "".join(
        f'@font-face {{ font-family: "{name}"; src: url("{FONT.as_uri()}"); }}'
        for name in ("PingFang SC", "Microsoft YaHei")
    )
    return render(facts, LOOK).html.replace("</head>", f"<style>{face}</style></head>", 1)


def shoot(chromium: str, html: Path, out: Path, width: int, dark: bool) -> None:
    """One picture of the whole mail. Chromium's window is never narrower than 500 pixels: a frame is."""
    with tempfile.TemporaryDirectory() as folder:
        frame = Path(folder) / "frame.html"
        body = "#14191f" if dark else "#f2f4f7"
        frame.write_text(
            f'<!doctype html><meta charset="utf-8"><body style="margin:0;background:{body}">'
            f'<iframe id="f" src="{html.as_uri()}" style="width:{width}px;height:9px;border:0;display:block"></iframe>'
            "<script>f.onload=function(){f.contentDocument.fonts.ready.then(function(){"
            'var h=f.contentDocument.documentElement.scrollHeight;f.style.height=h+"px";document.title=h})}</script>',
            encoding="utf-8",
        )
        common = [
            chromium,
            *FLAGS,
            f"--user-data-dir={folder}/profile",
            "--allow-file-access-from-files",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            "--virtual-time-budget=8000",
        ]
        asked = [*common, "--dump-dom", frame.as_uri()]
        found = subprocess.run(asked, capture_output=True, text=True, timeout=120, check=True).stdout
        height = int(re.search(r"<title>(\d+)</title>", found)[1])  # type: ignore[index]
        subprocess.run(
            [*common, f"--window-size={width},{height}", f"--screenshot={out}", frame.as_uri()],
            capture_output=True,
            timeout=120,
            check=True,
        )


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--bare", action="store_true", help="without style block and classes, as some programs show it")
    given = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit("needs Chromium: make browser-setup")
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, facts in mails():
            html = Path(folder) / f"{name}.html"
            text = page(facts)
            if given.bare:
                text = re.sub(
                    r"<style>@media.*?</style>|<style>\s*@media.*?</style>| class=\"[^\"]*\"", "", text, flags=re.S
                )
            html.write_text(text, encoding="utf-8")
            for width in (375, 800):
                for dark in (False, True):
                    out = given.out / f"mail-{name}-{width}-{'dark' if dark else 'light'}.png"
                    shoot(chromium, html, out, width, dark)
                    shrink(out)
                    print(f"{out} {out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
