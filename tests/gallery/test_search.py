"""Full text finds the same on SQLite and PostgreSQL, in English and in Chinese."""

from datetime import timedelta
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from generation.gallery import remarks, search
from generation.gallery.counting import counts
from generation.gallery.filters import Filters
from generation.gallery.listing import page
from generation.models import Task, TaskSubject, TaskWords, words, words_index
from tests.factories import make_subject, make_task

CORPUS = {
    "sea": "A calm sea at dawn, 4K, slow push-in",
    "boat": "A wooden BOAT drifts; the boatman sings",
    "cat": "一只猫在城市的屋顶上奔跑",
    "city": "城市夜景，霓虹灯 3D",
    "mixed": "赛博朋克城市 cyberpunk city 4k视频",
    "kana": "ネコが走る、ゆっくり",
    "wide": "Ｆｕｌｌ　ｗｉｄｔｈ straße 100% of_it",
    "quotes": 'He said "stop" OR else* (NEAR)',
    "none": "",
}
SEARCHES = {
    "boat": {"boat"},
    "BOAT drift": {"boat"},
    "oatm": {"boat"},
    "sea boat": set(),
    "城市": {"cat", "city", "mixed"},
    "猫": {"cat"},
    "城市 4k": {"mixed"},
    "4k": {"sea", "mixed"},
    "3d": {"city"},
    "k": set(),
    "a": {"sea", "boat"},
    "at": {"sea"},
    "在城市的": {"cat"},
    "夜景，霓": {"city"},
    "城市city": set(),
    "ネコ": {"kana"},
    "ゆっくり": {"kana"},
    "full WIDTH": {"wide"},
    "STRASSE": {"wide"},
    "100%": {"wide"},
    "f_i": {"wide"},
    "f%i": set(),
    '"stop"': {"quotes"},
    "OR": {"quotes"},
    "else*": {"quotes"},
    "(NEAR)": {"quotes"},
    "@rex": {"sea"},
    "tyrann": {"sea"},
    "rex sea": {"sea"},
    "?!": set(),
    "': --": set(),
}


def noted(owner, prompt, subjects=(), **fields):
    task = make_task(owner, params={"prompt": prompt}, **fields)
    words.write(task, subjects)
    return task


def found(user, **filters):
    return [task.pk for task in page(user, Filters(**filters)).tasks]


@pytest.fixture
def corpus(alice):
    now, made = timezone.now(), {}
    rex = TaskSubject(handle="rex", title="Tyrannosaurus")
    for hours, (name, prompt) in enumerate(CORPUS.items()):
        subjects = [rex] if name == "sea" else []
        made[name] = noted(alice, prompt, subjects, created_at=now - timedelta(hours=hours))
    return made


def test_the_same_is_found_on_both(bob, corpus):
    names = {task.pk: name for name, task in corpus.items()}
    for text, wanted in SEARCHES.items():
        assert {names[pk] for pk in found(bob, q=text)} == wanted, text


SAID = {
    "tag": ("tag", "hero shot"),
    "zh": ("tag", "启程"),
    "team": ("team", "The second take, for 春节 4K"),
    "mine": ("mine", "Lighthouse reshoot 灯塔 2B"),
    "theirs": ("theirs", "Volcano 火山 secret 9Z"),
}
SAYS = {
    "hero": {"tag"},
    "calm hero": {"tag"},
    "启程": {"zh"},
    "启": {"zh"},
    "second TAKE": {"team"},
    "春节 4k": {"team"},
    "calm 4k take": {"team"},
    "lighthouse": {"mine"},
    "calm reshoot": {"mine"},
    "灯塔": {"mine"},
    "灯 2b": {"mine"},
    "calm": set(SAID),
    "volcano": set(),
    "火山": set(),
    "火": set(),
    "secret calm": set(),
    "9z": set(),
}


@pytest.fixture
def said(alice, bob):
    now, made = timezone.now(), {}
    for hours, (name, (how, text)) in enumerate(SAID.items()):
        task = made[name] = noted(alice, "Calm", created_at=now - timedelta(hours=hours))
        if how == "tag":
            remarks.add_tags(task, bob, [text])
        else:
            writer = alice if how == "theirs" else bob
            remarks.write_note(task, writer, text, "team" if how == "team" else "private")
    return made


def test_what_is_said_is_found_by_whoever_may_read_it(alice, bob, admin, said):
    names = {task.pk: name for name, task in said.items()}
    for text, wanted in SAYS.items():
        assert {names[pk] for pk in found(bob, q=text)} == wanted, text
    for who, text, wanted in (
        (alice, "volcano", ["theirs"]),
        (alice, "火", ["theirs"]),
        (alice, "灯塔", []),
        (admin, "volcano", []),
        (admin, "lighthouse", []),
        (admin, "take", ["team"]),
    ):
        assert [names[pk] for pk in found(who, q=text)] == wanted, text
    marked = {"q": "calm lighthouse", "rating": 3}
    for who in (alice, bob):
        remarks.rate(said["mine"], who, 3)
    assert [names[pk] for pk in found(bob, **marked)] == ["mine"]
    assert found(alice, **marked) == []
    assert counts(bob, Filters(q="lighthouse"))["owner"] == {"alice": "1"}
    assert counts(bob, Filters(q="volcano"))["owner"] == {}
    assert [names[pk] for pk in found(bob, prompt=said["tag"])] == list(SAID)
    said["tag"].params = {"prompt": "hero shot"}
    assert found(bob, prompt=said["tag"]) == []


def test_what_is_said_no_more_is_not_found(alice, bob, said):
    remarks.remove_tag(said["tag"], "hero shot")
    remarks.write_note(said["team"], bob, "The second take", "private")
    remarks.write_note(said["mine"], bob, "", "private")
    assert found(alice, q="take") == []
    assert found(bob, q="take") == [said["team"].pk]
    for text in ("hero", "lighthouse", "春节"):
        assert found(bob, q=text) == [], text
    remarks.write_note(said["theirs"], alice, "Volcano", "team")
    assert found(bob, q="volcano calm") == [said["theirs"].pk]


def test_a_search_asks_as_often_with_notes_as_without(
    client_for, bob, said, django_assert_max_num_queries
):
    client = client_for(bob)
    for text in ("calm", "lighthouse"):
        with django_assert_max_num_queries(8):
            assert b"<article" in client.get(f"/tasks/?q={text}").content


def test_only_what_one_may_see_and_what_the_other_filters_say(alice, bob, corpus):
    mine = noted(bob, "A private boat", visibility="private")
    theirs = corpus["boat"].pk
    assert found(bob, q="boat") == [mine.pk, theirs]
    assert found(bob, q="boat", owner=alice) == [theirs]
    assert found(alice, q="boat") == [theirs]
    assert found(bob, q="boat", state="failed") == []
    assert found(bob, q="boat", until=timezone.localdate() - timedelta(days=2)) == []
    assert found(bob, q="boat", since=timezone.localdate() - timedelta(days=2)) == [mine.pk, theirs]
    Task.objects.filter(pk=theirs).update(visibility="private")
    assert found(bob, q="boat") == [mine.pk]


def test_it_goes_page_by_page_both_ways_and_no_further_than_it_may(alice, monkeypatch):
    now = timezone.now()
    made = [noted(alice, f"Boat {n}", created_at=now - timedelta(minutes=n)).pk for n in range(7)]
    first = page(alice, Filters(q="boat"), size=3)
    second = page(alice, Filters(q="boat"), size=3, before=parse_qs(first.below)["before"][0])
    back = page(alice, Filters(q="boat"), size=3, after=parse_qs(second.above)["after"][0])
    assert [task.pk for task in [*first.tasks, *second.tasks]] == made[:6]
    assert [task.pk for task in back.tasks] == made[:3]
    assert (first.full, second.full) == (True, True)

    monkeypatch.setattr(search, "ROUNDS", (2, 2))
    Task.objects.exclude(pk__in=(made[1], made[5])).update(model="viduq1_img2video")
    rare = Filters(q="boat", model="viduq2_turbo_img2video")
    shown = page(alice, rare)
    assert ([task.pk for task in shown.tasks], shown.full) == ([made[1]], False)
    rest = page(alice, rare, before=parse_qs(shown.below)["before"][0])
    assert ([task.pk for task in rest.tasks], rest.full) == ([made[5]], True)


def test_the_index_follows_the_words(alice):
    rex = make_subject(alice, "rex", title="Old Rex")
    task = noted(alice, "Zeppelin", [TaskSubject(subject=rex, handle="rex", title="Old Rex")])
    assert found(alice, q="zeppelin old") == [task.pk]
    TaskWords.objects.filter(task=task).update(text=words.text_of("Balloon"))
    assert (found(alice, q="zeppelin"), found(alice, q="balloon")) == ([], [task.pk])
    TaskWords.objects.filter(task=task).delete()
    assert found(alice, q="balloon") == []
    with transaction.atomic():
        noted(alice, "Gone again")
        assert len(found(alice, q="gone")) == 1
        transaction.set_rollback(True)
    assert found(alice, q="gone") == []


def test_what_was_there_before_is_filled_in(alice):
    now = timezone.now()
    for _ in range(3):
        make_task(alice, params={"prompt": "An old lighthouse"}, created_at=now)
    noted(alice, "A new lighthouse")
    assert words.fill() == 3
    assert words.fill() == 0
    assert len(found(alice, q="lighthouse")) == 4


def test_places_are_the_order_of_the_gallery(alice):
    now = timezone.now()
    for moved in (timedelta(0), timedelta(microseconds=1), timedelta(days=9000)):
        task = Task(created_at=now + moved)
        at, pk = words.moment_of(words.place_of(task.created_at, task.pk))
        assert at == task.created_at
        assert pk <= task.pk
        assert words.place_of(at, pk) == words.place_of(task.created_at, task.pk) < 2**63


def test_the_index_is_used(alice, corpus):
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                f"EXPLAIN QUERY PLAN SELECT rowid FROM {words_index.INDEX} WHERE "
                f"{words_index.INDEX} MATCH '\"boat\"' ORDER BY rowid DESC LIMIT 9"
            )
            plan = str(cursor.fetchall())
        assert "VIRTUAL TABLE INDEX" in plan
        assert "TEMP B-TREE" not in plan
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    for text in ("boat", "城市", "猫", "4k"):
        (pattern,) = words.patterns_of(text)
        assert words_index.INDEX in TaskWords.objects.filter(text__contains=pattern).explain()
    assert words_index.trouble() == ""


def test_the_doctor_says_when_there_is_none(db):
    if connection.vendor == "sqlite":
        assert words_index.trouble() == ""
        return
    words_index.take_down()
    assert "CREATE EXTENSION pg_trgm" in words_index.trouble()
    assert words_index.build()
    assert words_index.trouble() == ""


def test_two_may_have_the_same_place_by_chance(alice):
    now, begins = timezone.now(), UUID("abc00000-0000-4000-8000-000000000000").int
    made = [noted(alice, "A boat", created_at=now, id=UUID(int=begins + n)).pk for n in range(3)]
    assert set(found(alice, q="boat")) == set(made)
    places = sorted(TaskWords.objects.values_list("place", flat=True))
    assert places == [words.place_of(now, made[0]) + n for n in range(3)]
