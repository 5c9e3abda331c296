"""Leaves out what cannot depend on the database: for `-p tests.with_database`, on another one.

A test that asks for no database is not let near it by pytest-django, nor near the cache, which
lies in the database without Redis. On PostgreSQL and Redis it would do the very same again; a few
others nearly so.
"""

import pytest

WITHOUT = (
    "tests/sandbox/test_command.py",
    "tests/supervisor/test_lock.py",
    "tests/supervisor/test_process.py",
    "tests/supervisor/test_reaper.py",
    "tests/supervisor/test_supervisor.py",
    "tests/supervisor/test_tree.py",
)
"""Those that start processes, but none that has a database."""

ALIKE = (
    "tests/backup/test_bucket.py",
    "tests/backup/test_roundtrip.py::test_a_failed_backup",
    "tests/backup/test_roundtrip.py::test_a_file_that_is_gone",
    "tests/backup/test_roundtrip.py::test_a_running_installation",
    "tests/backup/test_roundtrip.py::test_no_login_and_no_secret",
    "tests/backup/test_roundtrip.py::test_what_is_no_whole_backup",
    "tests/denial/test_balance.py",
    "tests/denial/test_bodies.py",
    "tests/denial/test_guards.py",
    "tests/denial/test_server.py",
    "tests/engine/test_callbacks.py",
    "tests/engine/test_engine.py",
    "tests/fake/",
    "tests/forms/",
    "tests/gallery/test_bulk_said.py",
    "tests/library/test_decoding_turns.py",
    "tests/lifecycle/test_charge.py::test_every_way_through_a_life",
    "tests/lifecycle/test_dispatch.py::test_images_too_large_together",
    "tests/lifecycle/test_gateway_clients.py",
    "tests/lifecycle/test_job_loop.py",
    "tests/lifecycle/test_reply_facts.py",
    "tests/lifecycle/test_sampling.py::test_rescheduling_costs",
    "tests/lifecycle/test_secrecy.py",
    "tests/lifecycle/test_wire.py",
    "tests/load/",
    "tests/media/",
    "tests/money/test_usage.py::test_any_two_are_crossed",
    "tests/money/test_usage_words.py",
    "tests/people/test_canary.py",
    "tests/people/test_client_address.py",
    "tests/people/test_passkeys.py",
    "tests/people/test_profile.py",
    "tests/people/test_second_factors.py",
    "tests/people/test_sessions.py",
    "tests/people/test_single_sign_on.py",
    "tests/processes/test_doors.py::test_no_header",
    "tests/processes/test_doors.py::test_the_admins",
    "tests/processes/test_doors.py::test_the_queue",
    "tests/processes/test_schema.py::test_a_newer_database",
    "tests/processes/test_schema.py::test_a_running_stack",
    "tests/processes/test_schema.py::test_workers_do_nothing",
    "tests/processes/test_workers.py",
    "tests/storage/test_marks.py",
    "tests/storage/test_pages.py",
    "tests/storage/test_ready.py::test_a_",
    "tests/storage/test_ready.py::test_not_ready",
    "tests/storage/test_ready.py::test_ready_while",
    "tests/storage/test_ready.py::test_whatever",
    "tests/supervisor/test_health.py",
    "tests/supervisor/test_ping.py",
    "tests/supervisor/test_supervise.py::test_a_",
    "tests/supervisor/test_supervise.py::test_it_starts_everything",
    "tests/supervisor/test_supervise.py::test_nothing_outlives",
    "tests/supervisor/test_supervise.py::test_sigterm",
    "tests/supervisor/test_supervise.py::test_with_a_gateway",
    "tests/views/test_admin.py",
    "tests/views/test_archived.py",
    "tests/views/test_arranged_images.py",
    "tests/views/test_audit.py::test_every_way_to_open",
    "tests/views/test_audit_ways.py",
    "tests/views/test_callback_addresses.py",
    "tests/views/test_compare.py",
    "tests/views/test_compression.py",
    "tests/views/test_crafted.py",
    "tests/views/test_days.py",
    "tests/views/test_drawings.py",
    "tests/views/test_error_states.py",
    "tests/views/test_gallery_pages.py::test_a_page_takes_eight",
    "tests/views/test_matrix.py",
    "tests/views/test_media.py",
    "tests/views/test_people.py",
    "tests/views/test_permissions.py",
    "tests/views/test_price.py",
    "tests/views/test_price_again.py",
    "tests/views/test_queued.py",
    "tests/views/test_said_once.py",
    "tests/views/test_snippets.py",
    "tests/views/test_status.py",
    "tests/views/test_strict.py",
    "tests/views/test_studio.py",
    "tests/views/test_subject_files.py",
    "tests/views/test_subjects.py",
    "tests/views/test_task_page.py",
    "tests/views/test_uploads.py",
    "tests/views/test_viewer.py",
    "tests/views/test_walker.py::test_another_member_gets",
    "tests/views/test_walker.py::test_members_see_no_page_of_the_admin",
    "tests/views/test_walker.py::test_nobody_keeps_a_page",
    "tests/views/test_walker.py::test_range_requests",
)
"""Those that take long over what is no matter of the database: fields, files, bodies, connections,
what a page says and how many questions it takes, who may what, what a backup refuses, which process
is started when. How much it carries is measured by `make bench-postgres`. On PostgreSQL others ask
for every page, most kinds of write, a restore and what each kind of end costs, have a long history
made (tests/history/), and kill workers (tests/faults/).
"""

ASKS = {"db", "transactional_db", "django_db_setup", "live_server"}


def needs_database(item: pytest.Item) -> bool:
    """Also when it might only ask while it runs."""
    if item.nodeid.startswith(ALIKE):
        return False
    if item.get_closest_marker("processes"):
        return item.nodeid.partition("::")[0] not in WITHOUT
    names = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or names & ASKS) or _asks_later(item)


def _asks_later(item: pytest.Item) -> bool:
    found = item.session._fixturemanager
    return any(
        "getfixturevalue" in definition.func.__code__.co_names
        for name in getattr(item, "fixturenames", ())
        for definition in found.getfixturedefs(name, item) or ()
        if definition.func.__module__.startswith("tests.")
    )


def pytest_ignore_collect(collection_path, config):
    """Whole files and folders are not even read."""
    name = f"{collection_path.relative_to(config.rootpath)}"
    return name.startswith(ALIKE) or f"{name}/" in ALIKE or None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    left_out = [item for item in items if not needs_database(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if needs_database(item)]
