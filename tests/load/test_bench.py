"""What `make bench` asks for is answered as it expects."""

import json

from tests.bench import ANSWERS, CARDS, COUNT, PREPARE, answered
from tests.conftest import picture
from tests.load.visitor import MODEL


def test_what_is_counted_is_answered(db, team_key, settings, tmp_path, capsys):
    settings.MAX_SUBMITS_PER_MINUTE = 0
    image = tmp_path / "boat.jpg"
    image.write_bytes(picture())

    exec(PREPARE, {})
    session, cursor = json.loads(capsys.readouterr().out)
    exec(COUNT.format(image=str(image), model=MODEL, cursor=cursor + 10**6), {})
    counts = json.loads(capsys.readouterr().out)

    assert session
    assert cursor >= CARDS
    assert answered(counts) == ANSWERS
    assert all(questions for questions, _ in counts.values())
