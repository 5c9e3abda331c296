"""Loading the dump of a release, as if its machine had been stopped a minute ago."""

import json
import shutil
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from tests.upgrades.make_dump import ENCRYPTION_KEY, GATEWAY

HERE = Path(__file__).parent
RELEASES = sorted(path.name for path in HERE.glob("[0-9]*"))
ENV = {"ENCRYPTION_KEYS": ENCRYPTION_KEY}


def load(release: str, data_dir: Path, database_url: str, gateway_url: str) -> None:
    """Fills the empty database, and `data_dir` with what that release leaves there."""
    engine = "postgresql" if database_url else "sqlite"
    sql = (HERE / release / f"{engine}.sql").read_text()
    sql = sql.replace(GATEWAY, gateway_url.removesuffix("/model/v1/generation")) + _times()
    if database_url:
        with psycopg.connect(database_url) as connection:
            connection.execute(sql)
    else:
        with closing(sqlite3.connect(data_dir / "viduweb.sqlite3")) as connection:
            connection.executescript(sql)
    shutil.copytree(HERE / release / "files", data_dir / "media", dirs_exist_ok=True)
    (data_dir / "static.stamp").touch()
    (data_dir / "supervisor.lock").touch()


def _times() -> str:
    now = datetime.now(UTC)
    over, later = (_stamp(now + timedelta(seconds=seconds)) for seconds in (-2, 3600))
    return f"""
        UPDATE generation_task SET claimed_until = '{over}' WHERE state = 'submitting';
        UPDATE generation_task SET deadline_at = '{later}' WHERE state = 'processing';
        UPDATE generation_output SET expires_at = '{later}' WHERE state = 'pending';
    """


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


def gateway_state(release: str, folder: Path) -> Path:
    """The `--state` of a sandbox that knows the tasks which the dump has at the gateway."""
    tasks = folder / "tasks"
    tasks.mkdir(parents=True)
    for path in (HERE / release / "gateway").glob("*.json"):
        task = json.loads(path.read_bytes())
        task["due"] = time.time() + 3
        task["created"] = task["due"] - 60
        (tasks / path.name).write_text(json.dumps(task))
    return folder
