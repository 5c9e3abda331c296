"""The worker's side of a bell; apart from it, since it loads all that a worker needs."""

from django.conf import settings
from django_q.conf import Conf

from generation import jobs
from generation.lifecycle import bells

from .bell import ANSWER


def answer(host: str, passes: int) -> None:
    """Gives a sign of life, and passes the bell on if it was meant for another machine.

    Queued messages name this function by path, so its name is kept.
    """
    jobs.heartbeat()
    if host != settings.HOST_NAME and passes > 0:
        bells.ring(ANSWER, host, passes - 1, cluster=Conf.CLUSTER_NAME)
