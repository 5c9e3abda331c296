"""Database, cache and queue."""

from typing import Any
from urllib.parse import quote

import dj_database_url

from generation.workers.clusters import DISPATCHING, POLLING
from viduweb.databases import postgres_or_sqlite, redis_address

from .basics import DATA_DIR, values

# SQLite: IMMEDIATE and WAL are what keeps web and workers from "database is locked". Each of the
# web server's 32 threads has a connection of its own, and each would fill a cache of its own: the
# pages of the file are in the system's cache already.
DATABASE_URL: str = values.read(
    "DATABASE_URL", postgres_or_sqlite, f"sqlite:///{quote(str(DATA_DIR / 'viduweb.sqlite3'))}"
)
DATABASES: dict[str, Any] = {"default": dj_database_url.parse(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            "PRAGMA cache_size=-2000; PRAGMA temp_store=MEMORY;"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # Left to itself the client waits two minutes for a server that does not take the connection,
    # and for ever for an answer over a network that is gone. What DATABASE_URL says goes first.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "tcp_user_timeout": 30_000,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        **DATABASES["default"].get("OPTIONS", {}),
    }

REDIS_URL: str = values.read("REDIS_URL", redis_address)
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "generation.cache.JsonRedisCache", "LOCATION": [REDIS_URL]}
        if REDIS_URL
        else {
            "BACKEND": "generation.cache.JsonDatabaseCache",
            "LOCATION": "cache",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    )
    | {"KEY_PREFIX": "viduweb"},
    # django-q2 writes its statistics twice a second: never into the database.
    "queue": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

WORKERS: int = values.number("WORKERS", 2, least=1, most=500)
# Two clusters: `default` submits and archives, `poll` follows. Why each value: the workers'
# tasks keep deadlines of their own below `timeout`, and `retry` counts from the prefetch.
Q_CLUSTER: dict[str, Any] = {
    "name": DISPATCHING,
    "label": "Queue",
    "workers": WORKERS,
    "queue_limit": WORKERS,
    "bulk": 1,
    "timeout": 300,
    "retry": 960,
    "max_attempts": 3,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": -1,
    "poll": 0.2,
    "cache": "queue",
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}),
    "ALT_CLUSTERS": {
        POLLING: {
            "workers": 1,
            "queue_limit": 1,
            "timeout": 45,
            "retry": 50,
            "recycle": 100,
            "scheduler": False,
        }
    },
}
