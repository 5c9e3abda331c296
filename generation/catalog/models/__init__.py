"""Every model of the catalogue, in the order of the studio."""

from ..spec import ModelSpec
from . import (
    vidu20_img2video,
    viduq1_img2video,
    viduq2_pro_fast_reference2video,
    viduq2_reference2image,
    viduq2_turbo_img2video,
)

MODELS: dict[str, ModelSpec] = {
    spec.id: spec
    for spec in (
        viduq2_turbo_img2video.SPEC,
        viduq1_img2video.SPEC,
        vidu20_img2video.SPEC,
        viduq2_pro_fast_reference2video.SPEC,
        viduq2_reference2image.SPEC,
    )
}


def get_model(model_id: str) -> ModelSpec:
    """The model with that gateway id; KeyError when there is none."""
    return MODELS[model_id]
