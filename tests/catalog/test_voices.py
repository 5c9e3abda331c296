"""The pool of voices."""

import pytest

from generation.catalog import VOICES

COUNTS = {
    # The speech pool, and the ids that only the lip-sync pool has.
    "English": 45 + 10,
    "Chinese": 34 + 30,
    "Cantonese": 6 + 2,
    "Japanese": 15,
    "Korean": 49,
    "Spanish": 47,
    "Portuguese": 73,
    "French": 6,
    "Indonesian": 9,
    "German": 3,
    "Russian": 8,
    "Italian": 4,
    "Dutch": 2,
    "Vietnamese": 1,
    "Arabic": 2,
    "Turkish": 2,
    "Ukrainian": 2,
    "Thai": 4,
    "Polish": 4,
    "Romanian": 4,
    "Greek": 3,
    "Czech": 3,
    "Finnish": 3,
    "Hindi": 3,
}
ALL = [voice for group in VOICES for voice in group.voices]


def test_every_language_is_complete() -> None:
    assert {group.language: len(group.voices) for group in VOICES} == COUNTS


def test_ids_are_unique_and_trimmed() -> None:
    ids = [voice.id for voice in ALL]
    assert len(set(ids)) == len(ids)
    assert all(voice_id == voice_id.strip() for voice_id in ids)


@pytest.mark.parametrize(
    ("voice_id", "label", "gender"),
    [
        ("English_Aussie_Bloke", "Aussie Bloke", "m"),
        ("English_Trustworthy_Man", "Trustworthy Man", "m"),
        ("English_Trustworth_Man", "Trustworth Man", "m"),
        ("English_expressive_narrator", "Expressive Narrator", ""),
        ("English_compelling_lady1", "Compelling Lady 1", "f"),
        ("English_Wiselady", "Wiselady", "f"),
        ("Serene_Woman", "Serene Woman 2", "f"),
        ("Chinese (Mandarin)_HK_Flight_Attendant", "HK Flight Attendant", ""),
        ("Chinese (Mandarin)_News_Anchor", "News Anchor", "f"),
        ("male-qn-daxuesheng-jingpin", "Daxuesheng Jingpin", "m"),
        ("badao_shaoye", "Badao Shaoye", "m"),
        ("Cantonese_ProfessionalHost (F)", "Professional Host (F)", "f"),
        ("Cantonese_ProfessionalHost（F)", "Professional Host (F) 2", "f"),
        ("Cantonese_ProfessionalHost（M)", "Professional Host (M) 2", "m"),
        ("French_Female_News Anchor", "Female News Anchor", "f"),
        ("Thai_male_1_sample8", "Male 1 Sample 8", "m"),
        ("greek_male_1a_v1", "Male 1a V1", "m"),
        ("hindi_female_1_v2", "Female 1 V2", "f"),
    ],
)
def test_odd_ids_are_kept_and_readable(voice_id: str, label: str, gender: str) -> None:
    (voice,) = [voice for group in VOICES for voice in group.voices if voice.id == voice_id]
    assert (voice.label, voice.gender) == (label, gender)


def test_labels_differ_within_a_language() -> None:
    for group in VOICES:
        labels = [voice.label for voice in group.voices]
        assert len(set(labels)) == len(labels)
