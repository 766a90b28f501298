"""Bad configuration names file, key, line and mend; all mistakes at once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from listener.errors import BadInput, Mistake
from listener.files.toml_files import line_of
from listener.language import speaking
from listener.loading import Environment, check_all, load
from listener.model import Severity
from listener.settings import Settings, read_duration

pytestmark = pytest.mark.usefixtures("english")

GOOD = {
    "listener.toml": 'company = "晨曜汽车"\n',
    "people.toml": '[[people]]\nname = "张敏"\nmail = "zhang@example.com"\nteam = "客服一组"\n',
    "routes.toml": 'default = ["team:客服一组"]\n',
    "sources/forum.toml": (
        'name = "forum"\nplatform = "discuz"\nurl = "http://127.0.0.1:1/"\nevery = "10m"\nforums = [2]\n'
    ),
    "topics/brand.toml": 'name = "晨曜"\nany = ["晨曜"]\n',
}


def written(folder: Path, **changes: str | bytes) -> Path:
    """A good configuration in ``folder`` with the given files changed or added (``__`` for ``/``)."""
    files: dict[str, str | bytes] = {**GOOD, **{name.replace("__", "/") + ".toml": v for name, v in changes.items()}}
    for name, content in files.items():
        path = folder / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / "config"


def mistakes(config: Path, **environment: object) -> list[Mistake]:
    with pytest.raises(BadInput) as caught:
        load(config, environment=Environment.model_validate(environment))
    return list(caught.value.mistakes)


def only(config: Path, **environment: object) -> Mistake:
    (found,) = mistakes(config, **environment)
    return found


def test_a_good_configuration_loads(tmp_path: Path) -> None:
    settings = load(written(tmp_path))
    assert settings.installation.company == "晨曜汽车"
    source = settings.source("forum")
    assert (source.every, source.options) == (timedelta(minutes=10), {"forums": [2]})
    assert settings.key_file == tmp_path / "var" / "listener.keys"
    assert settings.database_url == f"sqlite:///{tmp_path}/var/listener.db"
    assert settings.sla.of(Severity.S1).first_contact == timedelta(minutes=15)


def test_an_unknown_key_names_the_nearest_and_its_line(tmp_path: Path) -> None:
    found = only(written(tmp_path, listener='company = "x"\n\n[mail]\nhost = "a"\nprot = 25\n'))
    assert (found.key, found.line, found.mend) == ("mail.prot", 5, "did you mean port?")
    assert found.file.endswith("listener.toml")


def test_mistakes_are_told_in_chinese_unless_english_is_asked_for(tmp_path: Path) -> None:
    with speaking("zh"):
        found = mistakes(written(tmp_path, listener='company = "x"\n[mail]\nprot = 25\nport = "many"\n'))
    assert {(one.what, one.mend) for one in found} == {("未知的键", "是否应为 port？"), ("应为整数", "现在是 'many'")}


def test_an_unknown_key_like_nothing_lists_what_is_known(tmp_path: Path) -> None:
    found = only(written(tmp_path, listener='company = "x"\n[web]\nzzzz = 1\n'))
    assert "known keys" in found.mend
    assert "port" in found.mend


def test_a_wrong_type_says_what_it_is(tmp_path: Path) -> None:
    found = only(written(tmp_path, listener='company = "x"\n[mail]\nport = "many"\n'))
    assert (found.key, found.line) == ("mail.port", 3)
    assert "integer" in found.what
    assert "many" in found.mend


@pytest.mark.parametrize("cron", ["every day", "99 * * * *", "* * *", ""])
def test_a_bad_cron_is_named(tmp_path: Path, cron: str) -> None:
    found = only(written(tmp_path, listener=f'company = "x"\n[schedule]\nreport = "{cron}"\n'))
    assert (found.key, found.line) == ("schedule.report", 3)
    assert "cron" in found.what


def test_a_missing_key_says_to_add_it(tmp_path: Path) -> None:
    found = only(written(tmp_path, listener='timezone = "Asia/Shanghai"\n'))
    assert (found.key, found.what) == ("company", "is missing")
    assert "add company" in found.mend


def test_a_missing_secret_names_the_variable(tmp_path: Path) -> None:
    config = written(tmp_path, listener='company = "x"\n[mail]\nuser = "robot"\n')
    assert "LISTENER_MAIL_PASSWORD" in only(config).mend
    assert load(config, environment=Environment(mail_password=SecretStr("s"))).mail_password == SecretStr("s")


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    config = written(tmp_path, listener='company = "x"\n[mail]\nuser = "robot"\n')
    secret = tmp_path / "secret"
    secret.write_text("授权码\n")
    password = load(config, environment=Environment(mail_password_file=secret)).mail_password
    assert password is not None
    assert password.get_secret_value() == "授权码"
    found = mistakes(config, mail_password_file=tmp_path / "absent")
    assert "cannot be read" in found[0].what


def test_a_secret_shows_in_no_text(tmp_path: Path) -> None:
    settings = load(written(tmp_path), environment=Environment(mail_password=SecretStr("hunter2")))
    assert "hunter2" not in repr(settings)


def test_two_sources_of_one_name_are_told(tmp_path: Path) -> None:
    found = only(written(tmp_path, sources__other='platform = "feed"\nname = "forum"\n'))
    assert (found.key, found.line) == ("name", 2)
    assert "forum.toml" in found.what


def test_a_gb18030_file_is_named_as_such_with_its_line(tmp_path: Path) -> None:
    found = only(written(tmp_path, listener='# plain\ncompany = "晨曜汽车"\n'.encode("gb18030")))
    assert "GB18030" in found.what
    assert (found.line, found.mend) == (2, "save it as UTF-8")


def test_a_byte_order_mark_is_told(tmp_path: Path) -> None:
    assert "BOM" in only(written(tmp_path, listener=b'\xef\xbb\xbfcompany = "x"\n')).what


def test_utf16_is_told(tmp_path: Path) -> None:
    assert "UTF-16" in only(written(tmp_path, listener='company = "x"\n'.encode("utf-16"))).what


def test_broken_toml_has_its_line(tmp_path: Path) -> None:
    found = only(written(tmp_path, listener='company = "x"\nmail = [\n[web]\nport = = 3\n'))
    assert "not valid TOML" in found.what
    assert found.line is not None


def test_every_mistake_in_every_file_is_told_at_once(tmp_path: Path) -> None:
    config = written(tmp_path, listener="company = 3\ntimezone = 'Mars/Base'\n", topics__brand="nam = 'x'\n")
    keys = {found.key for found in mistakes(config)}
    assert keys >= {"company", "timezone", "nam", "name"}


def test_a_receiver_who_is_nobody_is_told(tmp_path: Path) -> None:
    found = only(written(tmp_path, routes='default = ["张民"]\n'))
    assert (found.key, found.mend) == ("default", "did you mean 张敏?")


def test_a_file_that_nobody_reads_is_told(tmp_path: Path) -> None:
    found = only(written(tmp_path, poeple="x = 1\n"))
    assert (found.what, found.mend) == ("is read by nobody", "did you mean people.toml?")


def test_no_folder_says_how_to_make_one(tmp_path: Path) -> None:
    assert "listener init" in only(tmp_path / "config").mend


def test_a_clock_without_offset_is_told(tmp_path: Path) -> None:
    assert only(written(tmp_path), now="2026-11-23T09:00:00").key == "LISTENER_NOW"


def test_the_environment_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTENER_DATABASE_URL", "sqlite:///x.db")
    monkeypatch.setenv("LISTENER_NOW", "2026-11-23T09:00:00+08:00")
    settings = load(written(tmp_path))
    assert settings.database_url == "sqlite:///x.db"
    assert settings.fixed_now is not None
    monkeypatch.setenv("LISTENER_NOW", "yesterday")
    with pytest.raises(BadInput, match="LISTENER_NOW"):
        load(written(tmp_path))


def test_cross_checks_add_their_mistakes(tmp_path: Path) -> None:
    def grumble(settings: Settings) -> list[Mistake]:
        return [Mistake("sources", f"{len(settings.sources)} source")]

    with pytest.raises(BadInput, match="1 source"):
        check_all(written(tmp_path), (grumble,))


def test_an_unknown_source_or_person_names_the_nearest(tmp_path: Path) -> None:
    settings = load(written(tmp_path))
    with pytest.raises(BadInput, match="did you mean forum"):
        settings.source("forun")
    with pytest.raises(BadInput, match="did you mean 张敏"):
        settings.person("张民")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("1h30m", 5400), ("2d", 172800), ("1 h", 3600), ("1.5h", 5400)]
)
def test_durations(text: str, seconds: int) -> None:
    assert read_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "10", "ten minutes", "10x", "m10", 10, None, "10m!", "9999999999999d"])
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        read_duration(text)


def test_lines_are_found_in_arrays_of_tables_and_quoted_keys() -> None:
    text = 'a = 1\n[[people]]\nname = "x"\n[[people]]\nname = "y"\n"mail" = 3\n[b.c]\nd = 1\n'
    assert line_of(text, ("people", 1, "mail")) == 6
    assert line_of(text, ("people", 0, "name")) == 3
    assert line_of(text, ("b", "c", "d")) == 8
    assert line_of(text, ("people", 1, "absent")) == 4
    assert line_of(text, ("nowhere",)) is None


class TestNamedSecrets:
    SOURCE = GOOD["sources/forum.toml"] + 'secret = "FORUM"\n'

    def test_a_source_s_secret_comes_from_the_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LISTENER_SECRET_FORUM", "cookie=1")
        settings = load(written(tmp_path, sources__forum=self.SOURCE))
        assert settings.secret("FORUM") == "cookie=1"
        assert "cookie" not in repr(settings)
        assert settings.secret("") == ""

    def test_or_from_a_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "cookie").write_text("cookie=2\n", encoding="utf-8")
        monkeypatch.setenv("LISTENER_SECRET_FORUM_FILE", str(tmp_path / "cookie"))
        assert load(written(tmp_path, sources__forum=self.SOURCE)).secret("FORUM") == "cookie=2"

    def test_one_that_is_not_set_is_a_mistake(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="LISTENER_SECRET_FORUM"):
            load(written(tmp_path, sources__forum=self.SOURCE))


def test_a_team_with_its_own_hours_must_have_people(tmp_path: Path) -> None:
    hours = '[[teams]]\nname = "客服二组"\nworking_hours = [["18:00", "23:00"]]\n'
    found = only(written(tmp_path, sla=hours))
    assert (found.file.endswith("sla.toml"), found.key) == (True, "teams")
    assert "客服一组" in found.mend
    config = written(tmp_path / "good", sla=hours.replace("二", "一"), holidays="holidays = [2027-02-09]\n")
    assert load(config).holidays.by_day() == {date(2027, 2, 9): False}
