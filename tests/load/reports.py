"""The reports of /usage/ that `make bench` asks for with a long history behind them.

Of a day, a week, a month, a quarter and a year; by each dimension and crosses of them; narrowed; the
lists behind figures, and the first byte of a CSV.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from urllib.parse import urlencode

from tests.load.harness import spread
from tests.load.visitor import Visitor

SINGLE = ("member", "key", "model", "kind", "subject", "collection", "day")
CROSSES = (
    ("member", "model"),
    ("member", "key"),
    ("model", "key"),
    ("day", "member"),
    ("day", "model"),
    ("subject", "model"),
    ("subject", "member"),
    ("collection", "member"),
    ("collection", "day"),
)
LISTS = ("", "charged", "completed", "failed", "lost", "canceled", "wasted", "open", "running")


def ranges(today: date) -> dict[str, tuple[date, date]]:
    last = today.replace(day=1) - timedelta(days=1)
    return {
        "day": (last, last),
        "week": (last - timedelta(days=6), last),
        "month": (last.replace(day=1), last),
        "quarter": (today - timedelta(days=91), today),
        "year": (today - timedelta(days=364), today),
    }


def reports(today: date, model: str, subject: str) -> Iterator[tuple[str, str]]:
    """What each is called, and its address."""
    spans = ranges(today)

    def of(path: str, span: str, **more: object) -> str:
        since, until = spans[span]
        return f"{path}?{urlencode({'since': since, 'until': until, **more}, doseq=True)}"

    yield "as it opens", "/usage/"
    for span in spans:
        yield f"{span}, as it opens", of("/usage/", span)
    for span in ("month", "year"):
        for one in SINGLE:
            yield f"{span} by {one}", of("/usage/", span, by=one)
        for pair in CROSSES:
            yield f"{span} by {' and '.join(pair)}", of("/usage/", span, by=pair)
    narrowed = {"member": "fake-2", "model": model, "kind": "video", "subject": subject}
    for name, value in narrowed.items():
        yield f"year of one {name}", of("/usage/", "year", **{name: value})
    yield "year of one member and model", of("/usage/", "year", member="fake-2", model=model)
    for only in LISTS:
        yield f"year, list: {only or 'all'}", of("/usage/tasks/", "year", only=only)
        yield (
            f"year, list of a member: {only or 'all'}",
            of("/usage/tasks/", "year", only=only, member="fake-2"),
        )
    yield (
        "year, list of a subject: wasted",
        of("/usage/tasks/", "year", only="wasted", subject=subject),
    )
    yield "month, list of a model: all", of("/usage/tasks/", "month", model=model)
    yield "year, first bytes of the CSV", of("/usage/export.csv", "year")


TIMES, LIMIT = 12, 100


def tell(ours: Visitor, bare: Visitor, given: tuple[str, str]) -> None:
    """Prints milliseconds of each report beside the bare view of the same moments."""
    print(f"\n{'/usage/':44}{'p50':>8}{'p95':>8}   as the bare view")
    slow, all_plain = [], []
    for name, path in reports(date.today(), *given):
        ask = ours.begin if "export" in path else partial(ours.ask, expected=200)
        pairs = [(ask(path), bare.ask("/bare/", 200)) for _ in range(TIMES)][2:]
        mine, plain = spread([m for m, _ in pairs]), spread([b for _, b in pairs])
        all_plain.append(plain[0])
        print(f"{name:44}{mine[0]:8.1f}{mine[1]:8.1f}{mine[0] / plain[0]:9.1f}")
        if mine[1] > LIMIT:
            slow.append(name)
    print(f"bare view{sum(all_plain) / len(all_plain):43.1f} ms in the middle")
    print(f"{len(slow)} of {len(all_plain)} reports had a p95 above {LIMIT} ms")
