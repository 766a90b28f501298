"""django-spirit, a forum from PyPI, in an environment of its own; read by the generic ``page`` source."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta

from tests.bench.real_servers.said import Said, Server, wait_for

SETTINGS = """
from .dev import *
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
"""

FILL = """
import json, os, sys
from datetime import datetime
os.environ["DJANGO_SETTINGS_MODULE"] = "board.settings.bench"
import django
django.setup()
from django.contrib.auth import get_user_model
from spirit.category.models import Category
from spirit.comment.models import Comment
from spirit.core.utils.markdown import Markdown
from spirit.topic.models import Topic
wanted = json.load(sys.stdin)
ids, User = {}, get_user_model()
category, _ = Category.objects.get_or_create(title="车主论坛")
for one in wanted:
    if one["act"] == "delete":
        Comment.objects.filter(pk=one["id"]).update(is_removed=True)
        continue
    html = Markdown().render(one["text"])
    if one["act"] == "edit":
        Comment.objects.filter(pk=one["id"]).update(comment=one["text"], comment_html=html, modified_count=1)
        continue
    user = User.objects.filter(st__nickname=one["author"]).first()
    if user is None:
        user = User.objects.create_user(f"user{User.objects.count()}", f"user{User.objects.count()}@example.com", "x")
        user.st.nickname = one["author"]
        user.st.save()
    at = datetime.fromisoformat(one["at"])
    topic = Topic.objects.filter(pk=one["thread"] + 1).first()
    if topic is None:
        topic = Topic.objects.create(pk=one["thread"] + 1, user=user, category=category, title=one["title"], date=at)
    comment = Comment.objects.create(user=user, topic=topic, comment=one["text"], comment_html=html, date=at)
    count = Comment.objects.filter(topic=topic).count() - 1
    Topic.objects.filter(pk=topic.pk).update(last_active=at, comment_count=count)
    ids[one["number"]] = [str(comment.pk), str(user.pk)]
print(json.dumps(ids))
"""

SOURCE = """platform = "page"
url = "{url}topic/active/"
[list]
rows = "div.layout__topics__topic"
link = "a.topic__link::attr(href)"
id = {{ select = "a.topic__link::attr(href)", pattern = '/topic/(\\d+)/' }}
title = "a.topic__link"
activity = ".topic__date::attr(title)"
count = ".topic__comments"
next = "//*[@class='paginator__button']/a[not(normalize-space())][i[contains(@class, 'right')]]/@href"
[detail]
rows = ".comments_list__comment"
id = "::attr(data-pk)"
author = ".comment__info__username__link > span"
author_id = {{ select = ".comment__info__username__link::attr(href)", pattern = '/user/(\\d+)/' }}
text = ".comment__text"
time = ".comment__info__date > li:last-child::attr(title)"
next = "//*[@class='paginator__button']/a[not(normalize-space())][i[contains(@class, 'right')]]/@href"
"""


class Spirit(Server):
    """One forum; topics by their last reply, 20 replies a page, times to the minute."""

    name = "spirit"
    unit = timedelta(minutes=1)

    def install(self) -> str:
        """``pip install django-spirit`` into the folder, a project with a SQLite database."""
        subprocess.run([sys.executable, "-m", "venv", str(self.folder / "venv")], check=True)
        pip = str(self.folder / "venv" / "bin" / "pip")
        subprocess.run([pip, "install", "--quiet", "django-spirit"], check=True, stderr=subprocess.DEVNULL)
        self._python("-m", "spirit.extra.bin.spirit", "startproject", "board")
        settings = self.folder / "board" / "board" / "settings"
        (settings / "bench.py").write_text(SETTINGS)
        manage = ("manage.py",)
        for command in ("migrate", "createcachetable"):
            self._python(*manage, command, "--settings=board.settings.bench", inside="board")
        serve = ("runserver", "--noreload", f"127.0.0.1:{self.port}", "--settings=board.settings.bench")
        self.run(str(self.folder / "venv" / "bin" / "python"), *manage, *serve, cwd=self.folder / "board")
        wait_for(self.url)
        shown = subprocess.run([pip, "show", "django-spirit"], capture_output=True, text=True, check=True).stdout
        return "django-spirit " + next(line.split()[1] for line in shown.splitlines() if line.startswith("Version"))

    def say(self, said: list[Said]) -> None:
        """By its models, with its own rendering of Markdown."""
        facts = [
            {
                "act": "say",
                "number": one.number,
                "thread": one.thread,
                "title": one.title,
                "author": one.author,
                "text": one.markdown(entities=False),
                "at": one.at.isoformat(),
            }
            for one in said
        ]
        found = self._fill(facts)
        self.ids |= {int(number): pair[0] for number, pair in found.items()}

    def edit(self, said: Said) -> None:
        """As its form for editing does."""
        self._fill([{"act": "edit", "id": self.ids[said.number], "text": said.markdown(entities=False)}])

    def delete(self, said: Said) -> None:
        """As a moderator does: it is marked, and shown without its words."""
        self._fill([{"act": "delete", "id": self.ids[said.number]}])

    def source(self) -> str:
        """The page of active topics, and the topics."""
        return SOURCE.format(url=self.url)

    def _fill(self, facts: list[dict[str, object]]) -> dict[str, list[str]]:
        done = self._python("-c", FILL, inside="board", given=json.dumps(facts))
        return dict(json.loads(done.strip().splitlines()[-1])) if done.strip() else {}

    def _python(self, *command: str, inside: str = "", given: str = "") -> str:
        place = self.folder / inside
        python = str(self.folder / "venv" / "bin" / "python")
        path = f"{self.folder / 'venv' / 'bin'}:{os.environ['PATH']}"
        done = subprocess.run(
            [python, *command], input=given, cwd=place, env=os.environ | {"PATH": path}, text=True, capture_output=True
        )
        if done.returncode:
            raise SystemExit(done.stderr[-3000:])
        return done.stdout
