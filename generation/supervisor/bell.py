"""Bells: messages without work, which make an idle worker give a sign of life.

All machines share a cluster's queue, so a bell that machine A rings may be taken by B. The taker
gives its own sign of life and, if another was meant, passes the bell on, PASSES times at most.

How rarely a living cluster is taken for dead: it has to miss every trip of every bell that its
supervisor rings before SILENCE (heartbeat.py), which are 12 bells of 1 + PASSES trips.

- Database: every pusher looks into the queue each 0.2 s, at moments of its own, and whoever looks
  next takes the message. Were that random, one of M idle machines would miss all 84 trips with a
  probability of (1 - 1/M)^84: 5e-26 for two, 2e-15 for three, 7e-9 for five. A sign of life each
  15 s makes 5,000 chances a day; five machines are wrong about a cluster once in 75 years. In
  fact it is rarer: who takes a message looks again a few milliseconds later and then rests for
  the whole 0.2 s, so what it passes on is mostly taken by another. Without passing on, (1/2)^12
  would be a mistake a day.
- Redis: BLPOP serves first who waits longest. Whoever takes a bell lines up again at the end, so
  a bell that is passed on goes round, and reaches each of up to seven machines.

A busy cluster takes bells that it hears only when its work is done, `queue_limit` + 1 of them;
then its pusher takes no more, and they go to the idle ones. A mistake costs an idle cluster the
seconds of a new start and no task: whatever it had taken is found in the database again.
"""

from django.conf import settings
from django_q.brokers import get_broker
from django_q.tasks import async_task

PASSES = 6
# Where so many messages wait nobody listens (a cluster that ends at each start), or somebody works
# his way through them and says so himself.
MOST_WAITING = 50

ANSWER = "generation.supervisor.echo.answer"


def ring(cluster: str) -> None:
    """Asks for a sign of life of that cluster on this machine; raises what the broker raises."""
    if get_broker(cluster).queue_size() < MOST_WAITING:
        async_task(ANSWER, settings.HOST_NAME, PASSES, q_options={"cluster": cluster})
