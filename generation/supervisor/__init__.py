"""One small supervisor for everything viduweb runs: web, both clusters, the sandbox.

It exists because a django-q2 cluster can hang silently and must never be signalled as a process
group. `supervisor.py` is the loop, `runner.py` one service's life, `child.py` one process,
`tree.py` its descendants, `guardian.py` the end of everything if the supervisor itself is killed.
`heartbeat.py` judges by signs of life, for which `bell.py` rings and `echo.py`, in a worker,
answers. Only those three, `prepare.py` and `stack.py` know Django.
"""
