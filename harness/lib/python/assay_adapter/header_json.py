"""For libraries that hand on a header's JSON as it stands: what is in it, as tensors."""

from typing import Any, Dict, List, Tuple

from assay_adapter import Tensor


def header_view(header: Any, metadata_key: str = "__metadata__") -> Tuple[List[Tensor], Any]:
    """Tensors and metadata of a header, for ``inspect``. What is no object has none of either:
    to have taken it is what is on record."""
    if not isinstance(header, dict):
        return [], None
    entries = {name: entry for name, entry in header.items() if name != metadata_key}
    return tensors_of(entries), header.get(metadata_key)


def tensors_of(entries: Any) -> List[Tensor]:
    """The tensors of a header without its metadata."""
    pairs = entries.items() if isinstance(entries, dict) else []
    return [described(name, entry) for name, entry in pairs]


def described(name: str, entry: Any) -> Tensor:
    """What is no object is handed on in place of a dtype, what is no list as one dimension:
    such a view can only be wrong, but what was seen is on record."""
    if not isinstance(entry, dict):
        return Tensor(name, entry, [], None)
    shape = entry.get("shape")
    dimensions = shape if isinstance(shape, list) else [shape]
    return Tensor(name, entry.get("dtype"), dimensions, None)
