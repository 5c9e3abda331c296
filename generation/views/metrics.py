"""The engine's figures for Prometheus, in its text format, behind a token."""

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.metrics_core import GaugeMetricFamily as Gauge
from prometheus_client.registry import Collector

from generation.monitoring.metrics import Metrics, collect_metrics
from generation.workers.poll_counter import polls_in_all


class DatabaseCollector(Collector):
    """Asks when it is asked: the figures are the database's, and web processes are several."""

    def collect(self) -> Iterator[Metric]:
        figures = collect_metrics()
        states = Gauge("viduweb_tasks", "Tasks by state.", labels=["state"])
        for state, number in figures.states.items():
            states.add_metric([state], number)
        yield states
        yield CounterMetricFamily("viduweb_polls", "Polls of the gateway.", value=polls_in_all())
        text = "Polls in the last full minute."
        yield Gauge("viduweb_polls_last_minute", text, value=figures.polls[-1])
        text = "How late the most forgotten poll is."
        yield Gauge("viduweb_poll_overdue_seconds", text, value=figures.overdue)
        queues = Gauge("viduweb_queue_messages", "Waiting messages by cluster.", labels=["cluster"])
        for cluster, size in figures.queued.items():
            if size is not None:
                queues.add_metric([cluster], size)
        yield queues
        yield _alive(figures)
        yield _errors(figures)
        text = "Held after a restore, for an admin to release."
        yield Gauge("viduweb_tasks_held", text, value=figures.held)
        yield Gauge("viduweb_outputs_unsaved", "Results not yet saved.", value=figures.unsaved)
        text = "Those of them that could not be saved."
        yield Gauge("viduweb_outputs_at_risk", text, value=figures.at_risk)
        text = "Free on the disk of DATA_DIR."
        yield Gauge("viduweb_disk_free_bytes", text, value=figures.disk_free)


def _alive(figures: Metrics) -> Metric:
    text = "1 while the cluster gives heartbeats."
    family = Gauge("viduweb_cluster_alive", text, labels=["cluster", "host"])
    for cluster in figures.clusters:
        family.add_metric([cluster.name, cluster.host], cluster.alive)
    return family


def _errors(figures: Metrics) -> Metric:
    text = "What went wrong, by key and kind."
    family = Gauge("viduweb_errors_last_hour", text, labels=["key", "kind"])
    for trouble in figures.trouble:
        family.add_metric([trouble.key, trouble.kind], trouble.times)
    return family


registry = CollectorRegistry()
registry.register(DatabaseCollector())


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """404 without METRICS_TOKEN, and for everyone who does not bring it."""
    if not _may_read(request.headers.get("Authorization", "")):
        raise Http404
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read(authorization: str) -> bool:
    scheme, _, token = authorization.partition(" ")
    given, right = token.strip().encode(), settings.METRICS_TOKEN.encode()
    return bool(right) and scheme.casefold() == "bearer" and hmac.compare_digest(given, right)
