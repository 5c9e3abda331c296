import pytest

from generation.forms.metadata import KEYS, contradicts, to_keys


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ('{"Label": "1", "ProduceID": 7}', {"Label": "1", "ProduceID": "7"}),
        ('{"Label": "1", "own": "x"}', {"Label": "1"}),
        ("", {}),
        ("{", {}),
        ('["Label"]', {}),
        ("[" * 100_000, {}),
    ],
)
def test_the_small_fields_show_what_the_json_says(text, filled):
    assert to_keys(text) == dict.fromkeys(KEYS, "") | filled


@pytest.mark.parametrize(
    ("label", "text", "said"),
    [
        ("1", '{"Label": "1"}', False),
        ("1", '{"Label": "1", "own": "x"}', False),
        ("1", '{"Label": "2"}', True),
        ("1", "", False),
        ("", '{"Label": "2"}', False),
    ],
)
def test_fields_and_json_that_say_different_things_contradict(label, text, said):
    assert contradicts({"meta_data_Label": label, "meta_data": text}) is said
