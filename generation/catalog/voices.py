"""The voices a member can pick, by language.

The list is the vendor's pool for lip-sync and speech. The pool of the video
models is not public, so a voice id that is not here is still allowed as free text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from .voice_ids import VOICE_IDS

# Ends of words, since some names are written in one (Wiselady). Women first: "woman" ends in "man".
GENDERS = {
    "f": re.compile(
        r"(aunt|antie|female|girl|girlfriend|heroine|hostess|lady|maiden|miss|princess|queen"
        r"|sister|woman|women|mengmei|xiaoling|xuejie|xuemei|yujie)$|^f$"
    ),
    "m": re.compile(
        r"(bloke|boy|boyfriend|butler|godfather|guy|husband|knight|male|man|santa"
        r"|didi|nanyou|shaoye|xiongzhang|xuedi)$|^m$"
    ),
}
KNOWN = {"Chinese (Mandarin)_News_Anchor": "f"}
"""Genders that the vendor's list names and the id does not."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice. `id` goes over the wire; `gender` is "f", "m" or "" where the name is silent."""

    id: str
    label: str
    gender: str = ""

    @property
    def about(self) -> str:
        return {"f": "female", "m": "male"}.get(self.gender, "")


@dataclass(frozen=True, slots=True)
class VoiceGroup:
    """The voices that speak one language."""

    language: str
    voices: tuple[Voice, ...]


def _bare(voice_id: str) -> str:
    """The id without its language, which the group already says."""
    languages = "|".join(VOICE_IDS)
    return re.sub(rf"^({languages})( \(Mandarin\))?_", "", voice_id, flags=re.IGNORECASE)


def _label(voice_id: str) -> str:
    name = re.sub(r"^(fe)?male-(qn-)?", "", _bare(voice_id))
    name = name.replace("（", " (").replace("_", " ")
    name = re.sub(r"(?<=[a-z]{3})-(?=jingpin)", " ", name)
    name = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[a-z]{3})(?=\d)", " ", name)
    return " ".join(word[:1].upper() + word[1:] for word in name.split())


def _gender(voice_id: str) -> str:
    if voice_id in KNOWN:
        return KNOWN[voice_id]
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", _bare(voice_id))
    words = re.findall(r"[a-z]+", spaced.lower())
    for gender, sign in GENDERS.items():
        if any(sign.search(word) for word in words):
            return gender
    return ""


def _voices(ids: Iterable[str]) -> tuple[Voice, ...]:
    seen: dict[str, int] = {}
    voices = []
    for voice_id in ids:
        voice = Voice(voice_id, _label(voice_id), _gender(voice_id))
        seen[voice.label] = seen.get(voice.label, 0) + 1
        if seen[voice.label] > 1:
            voice = replace(voice, label=f"{voice.label} {seen[voice.label]}")
        voices.append(voice)
    return tuple(voices)


def _ids(text: str) -> list[str]:
    return [voice_id.strip() for voice_id in re.split(r"[;\n]", text) if voice_id.strip()]


VOICES: tuple[VoiceGroup, ...] = tuple(
    VoiceGroup(language, _voices(_ids(text))) for language, text in VOICE_IDS.items()
)
