"""Whoever takes a part of a picture or a frame of a film waits for a turn, as uploads do."""

from contextlib import contextmanager, suppress
from threading import Barrier, BrokenBarrierError, Thread

import pytest

from generation.catalog import ImageLimits
from generation.library import cropping
from generation.library.cropping import Cut, cropped
from generation.media import frames
from generation.models import Image
from tests.forms.helpers import images_of
from tests.media.conftest import make_video

THREADS = 4
PATIENCE = 0.3
"""Seconds that the first one waits for a second; where turns are taken, nobody comes."""


@pytest.fixture
def together(monkeypatch):
    """Of several threads that do the same: whether two were between opening and closing at once."""

    def together(module, name, work):
        meeting, met, ended = Barrier(2), [], []
        real = getattr(module, name)

        @contextmanager
        def watched(*args):
            with real(*args) as one:
                with suppress(BrokenBarrierError):
                    met.append(meeting.wait(PATIENCE))
                yield one

        monkeypatch.setattr(module, name, watched)
        threads = [Thread(target=lambda: ended.append(work())) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(ended) == THREADS
        return bool(met)

    return together


def test_pictures_are_cut_one_after_the_other(together, monkeypatch, alice):
    (image,) = images_of(alice, 1)
    # What is kept of it needs the database, which threads of a test do not share.
    monkeypatch.setattr(cropping, "keep_image", lambda *args: None)
    # As in two requests, each has the file open for itself.
    rows = [Image.objects.get(pk=image.pk) for _ in range(THREADS)]
    cut, limits = Cut(turn=90), ImageLimits()
    assert not together(cropping, "open_image", lambda: cropped(rows.pop(), cut, alice, limits))


def test_frames_are_taken_one_after_the_other(together, tmp_path):
    film = make_video(tmp_path / "film.mp4")
    assert not together(frames, "opened", lambda: frames.frame_at(film, 0.2))
