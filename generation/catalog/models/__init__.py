"""Every model of the catalogue, in the order of the studio: one module each, found by its `SPEC`."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from ..spec import ModelSpec


def described() -> dict[str, ModelSpec]:
    return {spec.id: spec for spec in sorted(_specs(), key=lambda spec: (spec.place, spec.id))}


def _specs() -> Iterator[ModelSpec]:
    for module in pkgutil.iter_modules(__path__):
        spec = getattr(import_module(f"{__name__}.{module.name}"), "SPEC", None)
        if isinstance(spec, ModelSpec):
            yield spec


MODELS = described()


def get_model(model_id: str) -> ModelSpec:
    """The model with that gateway id; KeyError when there is none."""
    return MODELS[model_id]
