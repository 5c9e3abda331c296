"""Rules that several models share."""

from ..spec import Forbids, Given, Ignores, Missing, Rule

PROMPT_IGNORED = Ignores(
    Given("is_rec"),
    "prompt",
    "Not used while Recommended prompt is on, which adds 10 points ($0.05).",
)
VOICE_NEEDS_SOUND = Forbids(
    Missing("audio"),
    Given("voice_id"),
    "Voice works only with Sound. Turn Sound on or leave Voice empty.",
)
# Page 002 says it for every model before q3; pages 000 and 001 repeat it, 003 is silent.
NO_SOUND_OFF_PEAK = Forbids(
    Given("audio"),
    Given("off_peak"),
    "Off-peak does not work together with Sound. Turn Off-peak or Sound off.",
)
WATERMARK_DETAILS: tuple[Rule, ...] = tuple(
    Ignores(Missing("watermark"), name, "Has no effect while Watermark is off.")
    for name in ("wm_position", "wm_url")
)
