import pytest

from generation.supervisor import stack


def well(cluster, uptime):
    return None


def test_web_listens_where_it_is_told(settings, monkeypatch):
    settings.PORT = 8123
    monkeypatch.setenv("HOST", "0.0.0.0")
    assert "0.0.0.0:8123" in stack.web().argv


def test_web_listens_on_loopback_by_itself(settings, monkeypatch):
    settings.PORT = 8123
    monkeypatch.delenv("HOST", raising=False)
    assert "127.0.0.1:8123" in stack.web().argv


@pytest.mark.parametrize(
    ("allowed", "name"),
    [
        (["studio.example", "127.0.0.1"], "studio.example"),
        ([".example.com"], "example.com"),
        (["*"], "localhost"),
        ([], "localhost"),
    ],
)
def test_it_asks_by_a_name_that_django_allows(settings, allowed, name):
    settings.ALLOWED_HOSTS = allowed
    assert stack.host_name() == name


def test_web_opens_no_control_socket():
    assert "--no-control-socket" in stack.web().argv


def test_a_cluster_gets_its_name_from_the_environment():
    assert stack.cluster("poll", well).env == {"Q_CLUSTER_NAME": "poll"} | stack.LEAN


def test_a_cluster_is_judged_by_its_own_name():
    heard = []
    probe = stack.cluster("poll", lambda *args: heard.append(args)).probe
    probe(12.5)
    assert heard == [("poll", 12.5)]


def test_the_sandbox_listens_on_loopback_only(settings):
    settings.SANDBOX_PORT = 8124
    assert " ".join(stack.sandbox().argv).endswith(
        f"sandbox --host 127.0.0.1 --port 8124 --state {settings.DATA_DIR / 'sandbox'}"
    )


def test_web_stops_first_and_the_sandbox_last():
    services = [stack.sandbox(), stack.cluster("default", well), stack.web()]
    names = [service.name for service in sorted(services, key=lambda service: service.stage)]
    assert names == ["web", "workers", "sandbox"]
