"""The clusters of workers, by the names that settings, queues, heartbeats and pages know them by."""

DISPATCHING = "default"
"""django-q2's own name for the one that takes whatever no other is named for: it dispatches and archives."""

POLLING = "poll"
CLUSTERS = (DISPATCHING, POLLING)
