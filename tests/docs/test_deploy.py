"""The files that operators copy say what the app needs, and their programs can read them."""

import configparser
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from tests.support.sources import settings_source

from .test_docs import README, first_cells, section

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "docs/deploy"
UNIT, NGINX, CADDY = (DEPLOY / name for name in ("viduweb.service", "nginx.conf", "Caddyfile"))
SIZES = {"m": 1024**2, "MiB": 1024**2}


def tool(name: str, what: str) -> str:
    """Where it is installed; a desk without it is told what was not checked."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed: {what} was not read by it.")
    return found


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def without_comments(path: Path) -> str:
    return re.sub(r"^\s*#.*$", "", path.read_text(), flags=re.MULTILINE)


# systemd


def test_the_unit_starts_the_supervisor_again_and_lets_it_stop_in_order():
    unit = configparser.ConfigParser()
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(UNIT.read_text())
    service = dict(unit["Service"])
    python, script, command = service.pop("ExecStart").split()
    assert python == f"{service['WorkingDirectory']}/.venv/bin/python"
    assert (ROOT / script).is_file()
    assert (ROOT / f"generation/management/commands/{command}.py").is_file()
    assert service["Restart"] == "always"
    assert service["KillMode"] == "mixed"


def test_systemd_reads_the_unit(tmp_path):
    analyze = tool("systemd-analyze", UNIT.name)
    copied = tmp_path / UNIT.name
    copied.write_text(UNIT.read_text().replace("/srv/viduweb/.venv/bin/python", sys.executable))
    # Other units of this machine are no business of ours: it complains only about the copy.
    said = subprocess.run(
        [analyze, "verify", "--man=no", "--recursive-errors=no", str(copied)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    if "Failed to initialize manager" in said.stderr:
        pytest.skip(f"systemd-analyze cannot work here: {UNIT.name} was not read by it.")
    assert (said.returncode, said.stderr) == (0, "")


# Proxies


@pytest.mark.parametrize(
    ("path", "limit"),
    [(NGINX, r"client_max_body_size (\d+)(m);"), (CADDY, r"max_size (\d+)(MiB)")],
    ids=["nginx", "caddy"],
)
def test_the_proxy_takes_what_we_take_and_passes_it_to_our_port(path, limit):
    text = without_comments(path)
    [(size, unit)] = re.findall(limit, text)
    assert int(size) * SIZES[unit] == settings.MAX_REQUEST_BYTES
    assert re.search(r"(http://)?127\.0\.0\.1:8000", text)


def test_nginx_says_which_host_was_asked_for_and_how():
    text = without_comments(NGINX)
    assert "proxy_set_header Host $host;" in text
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in text


def test_what_nginx_sends_itself_is_closed_to_browsers():
    [location] = re.findall(r"location /protected/ \{(.*?)\n    \}", without_comments(NGINX), re.S)
    assert re.search(r"^\s*internal;", location, re.M)
    assert "alias /srv/viduweb/var/media/;" in location


@pytest.fixture
def certificate(tmp_path):
    openssl = tool("openssl", "a configuration with TLS")
    key, cert = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    run(
        *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-nodes", "-days", "2", "-subj", "/CN=studio.example.com"),
        *("-keyout", str(key), "-out", str(cert)),
    )
    return tmp_path


def test_nginx_reads_the_site(certificate):
    nginx = tool("nginx", NGINX.name)
    site, whole = certificate / "site.conf", certificate / "nginx.conf"
    # -t opens the ports: others may be using the real ones.
    text = NGINX.read_text().replace("/etc/ssl/studio.example.com", str(certificate))
    text = text.replace("listen 80;", f"listen unix:{certificate}/80;")
    site.write_text(text.replace("listen 443 ssl;", f"listen unix:{certificate}/443 ssl;"))
    whole.write_text(
        f"pid {certificate}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n"
        f"access_log off;\ninclude {site};\n}}\n"
    )
    said = run(nginx, "-t", "-p", str(certificate), "-c", str(whole))
    assert "test is successful" in said
    assert "[warn]" not in said


def test_caddy_reads_the_site(tmp_path):
    caddy = tool("caddy", CADDY.name)
    text = CADDY.read_text()
    [version] = re.findall(r"\bv?2\.(\d+)", run(caddy, "version"))[:1]
    if int(version) < 7:
        one, first, second = "request_buffers 1MiB", "buffer_requests", "max_buffer_size 1MiB"
        assert all(f'"{words}"' in text for words in (first, second))
        text = text.replace(one, f"{first}\n{second}")
    site = tmp_path / "Caddyfile"
    site.write_text(text)
    run(caddy, "validate", "--adapter", "caddyfile", "--config", str(site))


def test_the_caddyfile_closes_what_it_opens():
    depth = 0
    for line in without_comments(CADDY).splitlines():
        depth += line.rstrip().endswith("{")
        depth -= line.strip() == "}"
        assert depth >= 0
    assert depth == 0


# Settings, hooks, CI


def test_the_example_names_every_setting():
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = [line.partition("=")[0].removeprefix("#") for line in lines if "=" in line[:40]]
    names = [name for name in named if re.fullmatch("[A-Z_]+", name)]
    source = settings_source()
    read = re.findall(r'(?:values\.[a-z]+|_limit)\(\s*"([A-Z_]+)"', source)
    assert len(names) == len(set(names))
    assert set(names) == first_cells(section(README, "Settings"))
    assert set(names) == set(read)
    assert all(not line or line.startswith("#") for line in lines)


def test_every_setting_of_the_example_has_a_sentence_above_it():
    lines = (ROOT / ".env.example").read_text().splitlines()
    for above, line in pairwise(lines):
        if re.match("#[A-Z_]+=", line):
            assert above.startswith("# "), line


def test_hooks_call_tools_that_lint_calls_too():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    makefile = (ROOT / "Makefile").read_text()
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    hooks = config["repos"][0]["hooks"]
    assert {hook["language"] for hook in hooks} == {"system"}
    for hook in hooks:
        tool_of_venv, *_ = hook["entry"].split()
        assert tool_of_venv.replace(".venv/bin/", "$(BIN)/") in makefile
        if not hook.get("pass_filenames", True):
            assert hook["entry"].replace(".venv/bin/", "$(BIN)/") in makefile


def test_ci_runs_our_script_on_the_oldest_python():
    [job] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"].values()
    project = (ROOT / "pyproject.toml").read_text()
    oldest = re.search(r'requires-python = ">=([\d.]+)"', project)
    assert oldest
    assert job["container"]["image"] == f"python:{oldest[1]}-bookworm"
    assert "bash .ci/run" in [step.get("run") for step in job["steps"]]
    assert (ROOT / ".ci/run").is_file()
