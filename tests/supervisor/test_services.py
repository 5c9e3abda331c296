import pytest
from django.core.handlers.wsgi import get_script_name
from django.test.utils import override_script_prefix
from django_q.conf import Conf

from generation.supervisor import services
from generation.supervisor.bootstrap import run_in_child

# pytest-xdist has a thread of its own.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


def well(cluster, uptime):
    return None


def test_web_listens_where_it_is_told(settings):
    settings.PORT = 8123
    settings.HOST = "0.0.0.0"
    assert "0.0.0.0:8123" in services.web_arguments()


def test_web_listens_on_loopback_by_itself(settings):
    settings.PORT = 8123
    assert "127.0.0.1:8123" in services.web_arguments()


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
    assert services.host_name() == name


def test_web_does_not_take_our_environment_s_word_for_its_path():
    assert services.web().env["SCRIPT_NAME"] == ""


def test_no_server_says_what_our_path_is(client, alice):
    given = {"SCRIPT_NAME": "/elsewhere"}
    # The test client leaves out what a server's first step is.
    with override_script_prefix(get_script_name(given)):
        page = client.get("/login/", **given)
    assert page.status_code == 200
    assert "/elsewhere" not in page.content.decode()


def test_web_opens_no_control_socket():
    assert "--no-control-socket" in services.web_arguments()


def test_a_cluster_has_its_own_settings():
    """django-q2 reads them once, at import, and has been imported long before."""

    def told():
        services.name_cluster("poll")
        return Conf.CLUSTER_NAME, Conf.WORKERS, Conf.RETRY, Conf.SCHEDULER

    before = Conf.CLUSTER_NAME, Conf.RETRY
    assert run_in_child(told) == ("poll", 1, 50, False)
    assert before == (Conf.CLUSTER_NAME, Conf.RETRY)


def test_a_cluster_is_judged_by_its_own_name():
    heard = []
    probe = services.cluster("poll", lambda *args: heard.append(args)).probe
    probe(12.5)
    assert heard == [("poll", 12.5)]


def test_the_sandbox_listens_on_loopback_only(settings):
    settings.SANDBOX_PORT = 8124
    assert services.sandbox_options() == {
        "host": "127.0.0.1",
        "port": 8124,
        "state": settings.DATA_DIR / "sandbox",
    }


def test_web_stops_first_and_the_sandbox_last():
    found = [services.sandbox(), services.cluster("default", well), services.web()]
    names = [service.name for service in sorted(found, key=lambda service: service.stage)]
    assert names == ["web", "workers", "sandbox"]


def test_what_cannot_be_loaded_is_left_to_the_service(settings):
    settings.WSGI_APPLICATION = "tests.no_such_module.application"
    services.preload(["web", "workers", "poll", "sandbox", "health"])
