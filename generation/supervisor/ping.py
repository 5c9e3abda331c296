"""Pings: messages without work, which make an idle worker give a sign of life.

All machines share a cluster's queue, so a ping that machine A sends may be taken by B. The taker
gives its own sign of life and, if another was meant, passes the ping on, MAX_HOPS times at most.

How rarely a living cluster is taken for dead: it has to miss every trip of every ping that its
supervisor sends before TIMEOUT (health.py), which are 12 pings of 1 + MAX_HOPS trips.

- Database: every pusher looks into the queue each 0.2 s, at moments of its own, and whoever looks
  next takes the message. Were that random, one of M idle machines would miss all 84 trips with a
  probability of (1 - 1/M)^84: 5e-26 for two, 2e-15 for three, 7e-9 for five. A sign of life each
  15 s makes 5,000 chances a day; five machines are wrong about a cluster once in 75 years. In
  fact it is rarer: who takes a message looks again a few milliseconds later and then rests for
  the whole 0.2 s, so what it passes on is mostly taken by another. Without passing on, (1/2)^12
  would be a mistake a day.
- Redis: BLPOP serves first who waits longest. Whoever takes a ping lines up again at the end, so
  a ping that is passed on goes round, and reaches each of up to seven machines.

A busy cluster takes pings that it answers only when its work is done, `queue_limit` + 1 of them;
then its pusher takes no more, and they go to the idle ones. A mistake costs an idle cluster the
seconds of a new start and no task: whatever it had taken is found in the database again.
"""

from django.conf import settings
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.tasks import async_task

from generation.workers import wakeups

MAX_HOPS = 6
# Where so many messages wait nobody listens (a cluster that ends at each start), or somebody works
# his way through them and says so himself.
MAX_QUEUED = 50

PONG = "generation.supervisor.ping.pong"


def ping(cluster: str) -> None:
    """Asks for a sign of life of that cluster on this machine; raises what the broker raises."""
    if get_broker(cluster).queue_size() < MAX_QUEUED:
        async_task(PONG, settings.HOST_NAME, MAX_HOPS, q_options={"cluster": cluster})


def pong(host: str, hops: int) -> None:
    """The worker's side: gives a sign of life, and passes on what was meant for another machine.

    Queued messages name this function by path, so its name is kept.
    """
    # Loads all that a worker needs, which whoever only pings does not.
    from generation import jobs

    jobs.heartbeat()
    if host != settings.HOST_NAME and hops > 0:
        wakeups.wake(PONG, host, hops - 1, cluster=Conf.CLUSTER_NAME)
