"""What the page of a task says first: one statement, and one sentence with the money."""

from typing import NamedTuple

from generation.catalog.money import usd
from generation.models import Reason, Task

from . import charges
from .cards import Card

State = Task.State


class Statement(NamedTuple):
    title: str
    sentence: str = ""


def statement(card: Card) -> Statement:
    if card.at_risk:
        return Statement(card.words)
    if card.running:
        return Statement(_now(card), _joined(card.detail, _expected(card.task)))
    if card.state == State.COMPLETED:
        return Statement(f"The {'video' if card.video else 'image'} is ready", _cost(card))
    return Statement(card.words, _joined(card.charge, card.detail))


def _now(card: Card) -> str:
    if card.state == State.PROCESSING and card.task.reason != Reason.KEY:
        return "Generating"
    return card.words if card.stopped else card.line


def _expected(task: Task) -> str:
    if task.cost is not None:
        return charges.sentence(task)
    return "" if task.estimate is None else f"About {usd(task.estimate)} is expected."


def _cost(card: Card) -> str:
    task = card.task
    if task.charge is None:
        return charges.sentence(task)
    return f"It cost {usd(task.charge)}." if task.charged else "It cost nothing."


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
