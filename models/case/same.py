"""Whether two entries say the same: by what they mean, not by how they are worded. Pure."""

from typing import Any

_MEANING = ("action", "actor", "on_behalf_of", "content_hash")


def same(new: dict[str, Any], on_record: dict[str, Any]) -> bool:
    """Whether an entry means what the one on record under its key means.

    Compared are what was done, by whom, on which content, the facts and the money. When it happened may
    differ after a reset; wording, letters and fields that only one of the two has do not matter.
    """
    if any(new.get(name) != on_record.get(name) for name in _MEANING):
        return False
    return _agree(new.get("facts", {}), on_record.get("facts", {})) and _agree(_money(new), _money(on_record))


def _money(entry: dict[str, Any]) -> list[Any]:
    """The transfers of an entry; those of an entry whose transfer was refused are what it asked for."""
    return [effect["transfer"] for effect in entry.get("effects", ()) if "transfer" in effect]


def _agree(one: Any, other: Any) -> bool:
    """Equal in everything that both have."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_agree(one[key], other[key]) for key in one.keys() & other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_agree, one, other))
    return bool(one == other) or one is None or other is None
