"""The figures on top of the Usage page."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from generation.catalog.money import usd
from generation.money.days import month_of
from generation.money.reports import Sums

from .usage import FRACTION, Link, cents, price_of_seconds, price_words


@dataclass(frozen=True, slots=True)
class Sum:
    """One figure on top: what it is, its value, a sentence below, and its tasks."""

    title: str
    value: str
    text: str = ""
    url: str = ""


def sums(now: Sums, then: Sums, then_words: str, link: Link) -> list[Sum]:
    return [
        _per_second(now, then, then_words),
        _per_kept_second(now),
        _success(now, link),
        _wasted(now, link),
        _open(now, link),
    ]


def _per_second(now: Sums, then: Sums, then_words: str) -> Sum:
    price, before = (second_price(one) for one in (now, then))
    if price is None:
        return Sum("Cost of a finished second", "–", "Nothing with a length has finished.")
    text = f"{now['milliseconds'] / 1000:,.0f} finished seconds"
    if before is not None:
        change = price.quantize(FRACTION) - before.quantize(FRACTION)
        more = f"{usd(abs(change))} {'less' if change < 0 else 'more'} than"
        text = f"{more if change else 'The same as'} in {then_words}"
    return Sum("Cost of a finished second", price_words(price), text)


def _per_kept_second(now: Sums) -> Sum:
    kept = now["kept"]
    price = price_of_seconds(now["charged"], kept)
    if price is None:
        return Sum("Cost of a kept second", "–", "Nothing with a length is kept.")
    text = f"{kept / 1000:,.0f} of {now['milliseconds'] / 1000:,.0f} finished seconds are kept"
    return Sum("Cost of a kept second", price_words(price), text)


def second_price(figures: Sums) -> Decimal | None:
    """USD that one second of a completed result has cost, with all that was spent beside."""
    return price_of_seconds(figures["charged"], figures["milliseconds"])


def _success(now: Sums, link: Link) -> Sum:
    ended = sum(now[name] for name in ("completed", "failed", "lost"))
    if not ended:
        return Sum("Completed", "–", "Nothing has ended.")
    rate = f"{100 * now['completed'] // ended} %"
    return Sum(
        "Completed", rate, f"{now['completed']:,} of {ended:,} tasks", link.to(only="completed")
    )


def _wasted(now: Sums, link: Link) -> Sum:
    text = f"{now['wasted']:,} of {now['tasks']:,} tasks"
    return Sum("Failed but charged", cents(now["wasted_charge"]), text, link.to(only="wasted"))


def _open(now: Sums, link: Link) -> Sum:
    held, them = now["unknown_held"], "it" if now["unknown"] == 1 else "them"
    text = f"{cents(held)} stays reserved for {them}" if held else f"Nothing is reserved for {them}"
    text = text if now["unknown"] else "None"
    return Sum("Cost not known", f"{now['unknown']:,}", text, link.to(only="open"))


def projected(spent: int, today: date) -> int:
    month = month_of(today)
    return spent * month.number // today.day
