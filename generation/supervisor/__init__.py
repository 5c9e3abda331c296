"""One small supervisor for everything viduweb runs: web, both clusters, the sandbox.

It exists because a django-q2 cluster can hang silently and must never be signalled as a process
group. `supervisor.py` is the loop, `runner.py` one service's life, `process.py` one process,
`reaper.py` ends process trees, also when the supervisor itself is killed. `services.py` says what
is run and where it listens, `bootstrap.py` what is done before. `health.py`, a process of its own,
tells living clusters from hanging ones by the pongs to its pings (`ping.py`).

The supervisor has no threads and no connections, and all code loaded: its services are forks of
it, which share that memory.
"""
