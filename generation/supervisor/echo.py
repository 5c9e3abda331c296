"""The name by which pings are queued that an earlier release has sent."""

from .ping import pong as answer

__all__ = ["answer"]
