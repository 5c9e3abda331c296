"""Settings read the environment, and production refuses to start half set up."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
GOOD = {
    "PRODUCTION": "1",
    "SECRET_KEY": "only-for-this-test-never-elsewhere-" * 2,
    "ENCRYPTION_KEYS": "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=",
    "ALLOWED_HOSTS": "studio.example",
    "PUBLIC_URL": "https://studio.example",
}


def check(tmp_path, *arguments, **env):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *(arguments or ("check",))],
        cwd=ROOT,
        env=kept | {"DATA_DIR": str(tmp_path / "data")} | env,
        capture_output=True,
        text=True,
    )


def show(tmp_path, expression, **env):
    code = f"from django.conf import settings as s; print(({expression}))"
    done = check(tmp_path, "shell", "-v0", "-c", code, **env)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_nothing_is_needed_to_try_the_app(tmp_path):
    assert show(tmp_path, "s.SANDBOX, s.DEBUG") == "(True, False)"
    for name in ("secret_key", "encryption_key"):
        path = tmp_path / "data" / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = (tmp_path / "data/secret_key").read_text()
    assert show(tmp_path, "s.SECRET_KEY") == kept


def test_production_is_clean(tmp_path):
    done = check(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **GOOD)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "data/secret_key").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("ENCRYPTION_KEYS", ""),
        ("ENCRYPTION_KEYS", "notafernetkey"),
        ("GATEWAY_URL", "http://gateway.example/v1"),
        ("ALLOWED_HOSTS", ""),
        ("ALLOWED_HOSTS", "*"),
        ("DEBUG", "1"),
    ],
)
def test_production_refuses_to_start_and_says_what_to_set(tmp_path, name, value):
    done = check(tmp_path, "check", "--deploy", **(GOOD | {name: value}))
    assert done.returncode == 1
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_production_uses_the_real_gateway_and_secure_cookies(tmp_path):
    shown = show(tmp_path, "s.GATEWAY_URL, s.SANDBOX, s.SESSION_COOKIE_NAME", **GOOD)
    assert shown == ("('https://cloud.vtrix.ai/model/v1/generation', False, '__Host-sessionid')")


def test_an_empty_switch_is_off_and_a_dollar_is_only_a_dollar(tmp_path):
    shown = show(tmp_path, "s.DEBUG, s.SECRET_KEY", DEBUG="", SECRET_KEY="$ecret")
    assert shown == "(False, '$ecret')"


def test_a_gateway_address_switches_the_sandbox_off(tmp_path):
    assert show(tmp_path, "s.SANDBOX", GATEWAY_URL="http://127.0.0.1:9/x") == "False"


def test_a_secret_may_lie_in_a_file(tmp_path):
    (tmp_path / "key").write_text("from-a-file\n")
    assert show(tmp_path, "s.SECRET_KEY", SECRET_KEY_FILE=str(tmp_path / "key")) == "from-a-file"
