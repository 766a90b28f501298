"""What may be answered: the best file, promises marked, nothing personal asked in public."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from listener.replies import DEFAULT, Reply, load_replies, marked, reply_for

CAR = Reply(problems=("car",), public="您好，请私信我们。")
BRAKE = Reply(problems=("car.brake",), public="请先停车，我们免费拖车。", approval=("免费拖车",))
ANY = Reply(public="您好，已收到。")


@pytest.mark.parametrize(
    ("problem", "expected"),
    [("car.brake", BRAKE), ("car.noise", CAR), ("cartoon", ANY), ("", ANY), ("core.refund", ANY)],
)
def test_the_most_exact_file_counts(problem: str, expected: Reply) -> None:
    assert reply_for(problem, [ANY, CAR, BRAKE]) is expected
    assert reply_for("core.refund", [CAR]) is DEFAULT


def test_promises_are_marked() -> None:
    assert marked(BRAKE.public, BRAKE) == "请先停车，我们【需审批：免费拖车】。"


@pytest.mark.parametrize(
    "text",
    [
        "请提供您的手机号，我们联系您",
        "麻烦留下联系方式",
        "请回复一下订单号",
        "我们查到您的订单在 6 月",
        "根据您的账号资料",
    ],
)
def test_nothing_personal_is_asked_or_told_in_public(text: str) -> None:
    with pytest.raises(ValidationError):
        Reply(public=text)


def test_asking_for_a_private_message_is_fine() -> None:
    assert Reply(public="请私信我们提供联系方式，我们尽快处理")
    assert Reply(public="请您私信留下联系方式")


def test_files_are_read_and_mistakes_named(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text('public = "您好"\n', encoding="utf-8")
    (tmp_path / "bad.toml").write_text('public = "请提供手机号"\nfoo = 1\n', encoding="utf-8")
    found, mistakes = load_replies(tmp_path)
    assert [reply.public for reply in found] == ["您好"]
    assert all("bad.toml" in str(mistake) for mistake in mistakes)
    assert "公开答复不得索要个人信息" in " ".join(map(str, mistakes))
