import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.media import thumbnails
from generation.media.video import BadMedia, probe, read_video

from .conftest import make_video
from .pictures import decoded, encoded, flat


def read(path, side):
    return read_video(path, lambda *size: side)


def poster(path, side):
    return thumbnails.compressed(read(path, side)[1])


def test_it_works(mp4):
    facts = probe(mp4)

    assert (facts.width, facts.height, facts.codec) == (64, 64, "h264")
    assert facts.duration_seconds == pytest.approx(0.5, abs=0.05)
    assert facts.has_audio is False


def test_webm_is_read(webm):
    facts = probe(webm)

    assert facts.codec == "vp9"
    assert facts.duration_seconds == pytest.approx(0.5, abs=0.05)


def test_quicktime_is_read(tmp_path):
    assert probe(make_video(tmp_path / "clip.mov", form="mov")).width == 64


def test_the_poster_is_of_the_first_frame(mp4):
    picture = decoded(poster(mp4, 32))

    assert (picture.format, picture.size) == ("JPEG", (32, 32))
    assert picture.convert("RGB").getpixel((16, 16))[0] > 180


def test_the_poster_keeps_the_shape(tmp_path):
    path = make_video(tmp_path / "wide.mp4", size=(128, 64))

    assert decoded(poster(path, 64)).size == (64, 32)


def test_the_poster_skips_a_black_start(tmp_path):
    path = make_video(tmp_path / "fade.mp4", dark=5)

    assert decoded(poster(path, 32)).convert("RGB").getpixel((16, 16))[0] > 180


def test_an_all_black_video_has_a_poster(tmp_path):
    path = make_video(tmp_path / "night.mp4", dark=12)

    assert decoded(poster(path, 32)).size == (32, 32)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("clip", ["mp4", "webm"])
def test_a_cut_video_is_refused(clip, share, request):
    path = request.getfixturevalue(clip)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])

    with pytest.raises(BadMedia):
        probe(path)


@pytest.mark.parametrize("data", [b"", b"junk" * 500, b"\x00\x00\x00\x18ftypmp42" + b"j" * 900])
def test_junk_is_refused(tmp_path, data):
    path = tmp_path / "junk.mp4"
    path.write_bytes(data)

    for read in (probe, lambda path: poster(path, 32)):
        with pytest.raises(BadMedia):
            read(path)


def test_an_image_is_no_video(tmp_path):
    path = tmp_path / "picture.mp4"
    path.write_bytes(encoded(flat(64, 64)))

    with pytest.raises(BadMedia, match="it is PNG"):
        probe(path)


def test_a_playlist_is_not_followed(tmp_path, mp4):
    playlist = tmp_path / "list.mp4"
    playlist.write_text(f"#EXTM3U\n#EXTINF:1,\n{mp4}\n#EXT-X-ENDLIST\n")

    with pytest.raises(BadMedia):
        probe(playlist)


def test_an_unknown_codec_is_refused(mp4):
    mp4.write_bytes(mp4.read_bytes().replace(b"avc1", b"zzzz"))

    with pytest.raises(BadMedia):
        probe(mp4)


def test_titles_in_other_encodings_do_no_harm(tmp_path):
    path = make_video(tmp_path / "clip.mp4", title="CANARY")
    path.write_bytes(path.read_bytes().replace(b"CANARY", b"\xc9\xcf\xba\xa3\xff\xfe"))

    assert probe(path).width == 64


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 2000), st.binary(max_size=8), st.integers(0, 8))
def test_damage_anywhere_is_refused_or_survived(mp4, position, inserted, removed):
    data = mp4.read_bytes()
    damaged = mp4.with_suffix(".part")
    damaged.write_bytes(data[:position] + inserted + data[position + removed :])

    try:
        facts, picture = probe(damaged), poster(damaged, 16)
    except BadMedia:
        return
    assert facts.width > 0
    assert decoded(picture).format == "JPEG"


def test_a_missing_file_is_not_called_bad_media(tmp_path):
    with pytest.raises(FileNotFoundError):
        probe(tmp_path / "gone.mp4")


def test_pyav_is_loaded_only_when_a_video_is_read():
    code = "import sys, generation.media.inspect; sys.exit('av' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_one_reading_tells_what_two_told(tmp_path):
    path = make_video(tmp_path / "fade.mp4", dark=5, size=(128, 64))
    facts, picture = read(path, 64)

    assert facts == probe(path)
    assert picture.size == (64, 32)
    assert picture.getpixel((32, 16))[0] > 180


def test_what_decodes_before_the_damage_is_the_poster(mp4):
    data = mp4.read_bytes()
    at = data.index(b"mdat") + 4
    # The first frame is the larger part; what comes after it is overwritten.
    end = data.index(b"moov") - 4
    mp4.write_bytes(
        data[: at + (end - at) * 9 // 10] + bytes(end - at - (end - at) * 9 // 10) + data[end:]
    )

    assert read(mp4, 32)[1].size == (32, 32)
