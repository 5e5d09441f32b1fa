"""For libraries that hand on a header's JSON as it stands: what is in it, as tensors."""

from typing import Any, Dict, List

from assay_adapter import Tensor


def tensors_of(entries: Dict[str, Any]) -> List[Tensor]:
    """The tensors of a header without its metadata, for ``inspect``."""
    return [described(name, entry) for name, entry in entries.items()]


def described(name: str, entry: Any) -> Tensor:
    """What is no object is handed on in place of a dtype, what is no list as one dimension:
    such a view can only be wrong, but what was seen is on record."""
    if not isinstance(entry, dict):
        return Tensor(name, entry, [], None)
    shape = entry.get("shape")
    dimensions = shape if isinstance(shape, list) else [shape]
    return Tensor(name, entry.get("dtype"), dimensions, None)
