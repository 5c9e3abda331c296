"""What the gateway tells beside how the task is, which its support asks for."""

import pytest

from generation.lifecycle import actions
from generation.lifecycle.dispatch import dispatch_due
from generation.models import Task
from tests.lifecycle.conftest import DONE
from tests.support.gateways.scripted import Reply

SECRET = "sandbox-test-key-0000"


def facts(task, kind):
    return task.events.filter(kind=kind).last().detail


@pytest.fixture
def sent(submitted):
    def run():
        task = submitted()
        dispatch_due()
        task.refresh_from_db()
        return task

    return run


def test_what_a_create_tells_is_kept(gateway, sent):
    gateway.reply = Reply.json(
        {"id": "remote-1", "status": "in_progress", "metadata": {"remote_task_id": "88"}},
        **{"X-Request-Id": "r-1"},
    )
    assert facts(sent(), "accepted") == {
        "remote_id": "remote-1",
        "status": "in_progress",
        "request_id": "r-1",
        "remote_task_id": "88",
    }


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": {"code": "E1", "message": "no"}}, "refused"),
        (500, {"error": {"code": "E1", "message": "no"}}, "uncertain"),
        (429, {"error": {"code": "E1", "message": "no"}}, "waits"),
    ],
)
def test_the_request_of_a_create_without_a_task_is_kept(gateway, sent, status, body, kind):
    gateway.reply = Reply.json(body, status, **{"X-Request-Id": "r-2"})
    detail = facts(sent(), kind)
    assert (detail["request_id"], detail["http"], detail["code"]) == ("r-2", status, "E1")


@pytest.mark.parametrize("discount", ["0.70", "70 %", 0.7, 1])
def test_what_the_last_poll_tells_is_kept(gateway, processing, poll, discount):
    files = [{"type": "image", "url": f"https://cdn.example/{n}.png", "jobId": n} for n in (7, 8)]
    gateway.reply = Reply.json(
        {
            **DONE,
            "output": [{"content": files}],
            "usage": {"cost": "0.2", "discount": discount},
            "metadata": {"remote_task_id": "88"},
        },
        **{"X-Request-Id": "r-3"},
    )
    assert facts(poll(processing()), "generated") == {
        "request_id": "r-3",
        "remote_task_id": "88",
        "jobs": ["7", "8"],
        "discount": str(discount),
        "cost": "0.2",
        "files": 2,
    }


def test_what_a_failure_tells_is_kept_without_any_file(gateway, processing, poll):
    gateway.reply = Reply.json(
        {
            "id": "remote-1",
            "status": "failed",
            "error": {"code": "110001", "message": "sensitive"},
            "output": [{"task_id": "77", "task_status": "failed"}],
            "usage": {"cost": "", "discount": 0.5},
        },
        **{"X-Request-Id": "r-4"},
    )
    detail = facts(poll(processing()), "failed")
    assert detail == {
        "code": "110001",
        "request_id": "r-4",
        "jobs": ["77"],
        "discount": "0.5",
        "cost": "",
    }


def test_the_request_of_a_poll_that_did_not_work_is_kept(gateway, processing, poll):
    gateway.reply = Reply.json({}, 404, **{"X-Request-Id": "r-5"})
    task = poll(poll(poll(processing())))
    assert facts(task, "not-found") == {"request_id": "r-5", "http": 404}
    assert facts(task, "uncertain") == {"request_id": "r-5", "http": 404}
    gateway.reply = Reply.json(
        {"id": "remote-1", "status": "in_progress"}, **{"X-Request-Id": "r-6"}
    )
    actions.resolve(Task.objects.select_related("key").get(), task.owner, "remote-1")
    assert facts(task, "found")["request_id"] == "r-6"


def test_it_is_short_and_holds_no_secret(gateway, processing, poll):
    gateway.reply = Reply.json(
        {
            **DONE,
            "output": [{"task_id": f"{n}-" + "j" * 9000, "content": []} for n in range(99)],
            "status": "failed",
            "usage": {"discount": "data:image/png;base64,AAAA" + "d" * 9000},
            "metadata": {"remote_task_id": f"{SECRET} \x00\u202e" + "t" * 9000},
        },
        **{"X-Request-Id": SECRET + "r" * 9000},
    )
    detail = facts(poll(processing()), "failed")
    assert len(detail["jobs"]) == 10
    texts = [*detail.pop("jobs"), *map(str, detail.values())]
    assert max(map(len, texts)) <= 200
    assert not any(SECRET in text or "AAAA" in text or "\x00" in text for text in texts)


def test_admins_see_it_and_members_do_not(gateway, sent, client_for, alice, admin):
    gateway.reply = Reply.json(
        {"id": "remote-1", "status": "in_progress", "usage": {"discount": "0.70"}},
        **{"X-Request-Id": "r-<b>7"},
    )
    address = sent().get_absolute_url()
    shown = client_for(admin).get(address).content.decode()
    assert '<details class="more" id="support">' in shown
    assert '<code class="wrap">r-&lt;b&gt;7</code>' in shown
    assert '<code class="wrap">0.70</code>' in shown
    hidden = client_for(alice).get(address).content.decode()
    assert "support" not in hidden
    assert "r-&lt;b&gt;7" not in hidden
    assert "0.70" not in hidden


def test_an_admin_sees_nothing_where_nothing_was_told(submitted, client_for, admin):
    page = client_for(admin).get(submitted().get_absolute_url()).content.decode()
    assert 'id="support"' not in page
