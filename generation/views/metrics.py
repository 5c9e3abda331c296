"""The engine's figures for Prometheus, in its text format, behind a token."""

import hmac
from collections.abc import Iterator, Mapping

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from generation.monitoring.metrics import Metrics, collect_metrics
from generation.workers.poll_counter import polls_in_all

TEXT = "text/plain; version=0.0.4; charset=utf-8"
Labels = tuple[tuple[str, str], ...]
Samples = Mapping[Labels, float]


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """404 without METRICS_TOKEN, and for everyone who does not bring it."""
    if not _may_read(request.headers.get("Authorization", "")):
        raise Http404
    return HttpResponse("\n".join(_lines(collect_metrics())) + "\n", content_type=TEXT)


def _may_read(authorization: str) -> bool:
    scheme, _, token = authorization.partition(" ")
    given, right = token.strip().encode(), settings.METRICS_TOKEN.encode()
    return bool(right) and scheme.casefold() == "bearer" and hmac.compare_digest(given, right)


def _lines(figures: Metrics) -> Iterator[str]:
    yield from _metric("tasks", "Tasks by state.", _by("state", figures.states))
    yield from _one("polls_total", "Looks at the gateway.", polls_in_all(), kind="counter")
    yield from _one("polls_last_minute", "Looks in the last full minute.", figures.polls[-1])
    yield from _one("poll_overdue_seconds", "How late the most forgotten look is.", figures.overdue)
    known = {name: size for name, size in figures.queued.items() if size is not None}
    yield from _metric("queue_messages", "Waiting messages by cluster.", _by("cluster", known))
    alive: dict[Labels, float] = {
        (("cluster", c.name), ("host", c.host)): float(c.alive) for c in figures.clusters
    }
    yield from _metric("cluster_alive", "1 while the cluster gives signs of life.", alive)
    hour: dict[Labels, float] = {
        (("key", t.key), ("kind", t.word)): float(t.times) for t in figures.trouble
    }
    yield from _metric("errors_last_hour", "What went wrong, by key and kind.", hour)
    yield from _one("tasks_held", "Held after a restore, for an admin to release.", figures.held)
    yield from _one("outputs_unsaved", "Results not yet saved.", figures.unsaved)
    yield from _one("outputs_at_risk", "Those of them that could not be saved.", figures.at_risk)
    yield from _one("disk_free_bytes", "Free on the disk of DATA_DIR.", figures.disk_free)


def _by(label: str, values: Mapping[str, float]) -> Samples:
    return {((label, name),): value for name, value in values.items()}


def _one(name: str, text: str, value: float, kind: str = "gauge") -> Iterator[str]:
    yield from _metric(name, text, {(): value}, kind)


def _metric(name: str, text: str, samples: Samples, kind: str = "gauge") -> Iterator[str]:
    yield f"# HELP viduweb_{name} {text}"
    yield f"# TYPE viduweb_{name} {kind}"
    for labels, value in samples.items():
        pairs = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
        yield f"viduweb_{name}{{{pairs}}} {value:.15g}" if pairs else f"viduweb_{name} {value:.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
