"""What the gateway, the results, our own processes and their services may do to a task.

Everything here is real: web, clusters and supervisor run as `make run` starts them, against a
gateway on loopback that misbehaves as each task's prompt tells it to. Whether a task was made
twice is read from that gateway's own log.
"""
