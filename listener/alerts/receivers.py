"""People and robots as receivers: one for each way in which somebody is reached. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from listener.model import Receiver, Recipient
from listener.settings import MAIL, NOTIFIER, TEAM, NotifierSettings, Person


def called(name: str, people: Sequence[Person]) -> list[Person]:
    """Who is meant by a name, or by ``team:`` and a team's; empty where nobody is."""
    if name.startswith(TEAM):
        return [person for person in people if person.team == name.removeprefix(TEAM)]
    return [person for person in people if person.name == name]


def robot_receiver(robot: NotifierSettings) -> Receiver:
    """A robot or webhook as a receiver; it is the name of its own notifier."""
    return Receiver(name=robot.name, notifier=robot.receiver, address=robot.name, language=robot.language)


def person_receivers(person: Person) -> tuple[Receiver, ...]:
    """A person by each of their ways: mail, an application in WeCom."""
    return tuple(
        person_receiver(person)
        if way == MAIL
        else Receiver(name=person.name, notifier=f"{NOTIFIER}{way}", address=person.wecom, language=person.language)
        for way in person.by
    )


def told(person: Person, why: str) -> list[Recipient]:
    """The person as recipients, one for each of their ways."""
    return [Recipient(receiver=receiver, reason=why) for receiver in person_receivers(person)]


def person_receiver(person: Person) -> Receiver:
    """A person as a receiver of mail."""
    return Receiver(name=person.name, notifier="email", address=person.mail, language=person.language)
