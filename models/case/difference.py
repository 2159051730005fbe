"""What differs between two values of plain JSON types, key by key. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from models.base import canonical

_IDENTITY = ("id", "name", "above")
"""What tells the elements of a list apart, e.g. sleeves, bodies of a panel, tiers."""


class What(StrEnum):
    """What became of a key."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


class Change(NamedTuple):
    """One difference. ``path`` is e.g. ``review.panel.bodies[panel].quorum``; the missing side is None."""

    path: str
    what: What
    before: Any
    after: Any


def difference(before: Any, after: Any, path: str = "") -> tuple[Change, ...]:
    """Every key that differs; empty exactly when the two are equal.

    Elements of a list are told apart by their id, name or `above`. Without one, those that came and went are
    told, and a list of plain values is one value. The same elements in another order: the list has changed.
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return tuple(_by_key(before, after, path))
    if _are_lists(before, after):
        return tuple(_of_lists(before, after, path))
    return () if _same(before, after) else (Change(path, What.CHANGED, before, after),)


def _by_key(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[Change]:
    for key in dict.fromkeys((*before, *after)):
        where = f"{path}.{key}" if path else str(key)
        if key not in after:
            yield Change(where, What.REMOVED, before[key], None)
        elif key not in before:
            yield Change(where, What.ADDED, None, after[key])
        else:
            yield from difference(before[key], after[key], where)


def _of_lists(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[Change]:
    old, new = _by_identity(before), _by_identity(after)
    if old is None or new is None:
        yield from _as_a_whole(before, after, path)
        return
    for key in dict.fromkeys((*old, *new)):
        where = f"{path}[{key}]"
        if key not in new:
            yield Change(where, What.REMOVED, old[key], None)
        elif key not in old:
            yield Change(where, What.ADDED, None, new[key])
        else:
            yield from difference(old[key], new[key], where)
    if set(old) == set(new) and list(old) != list(new):
        yield Change(path, What.CHANGED, list(old), list(new))


def _as_a_whole(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[Change]:
    """Lists of plain values change as a whole; of larger elements, those are told that came and went."""
    if all(isinstance(element, Mapping) for element in (*before, *after)):
        gone, came = _without(before, after), _without(after, before)
        yield from (Change(f"{path}[]", What.REMOVED, element, None) for element in gone)
        yield from (Change(f"{path}[]", What.ADDED, None, element) for element in came)
        if gone or came:
            return
    if not _same(before, after):
        yield Change(path, What.CHANGED, before, after)


def _without(some: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """The elements of ``some`` that ``others`` has not, counted as often as they occur."""
    left = [canonical(other) for other in others]
    found = []
    for element in some:
        if (known := canonical(element)) in left:
            left.remove(known)
        else:
            found.append(element)
    return found


def _by_identity(elements: Sequence[Any]) -> dict[str, Any] | None:
    """The elements by what tells them apart; None where nothing does."""
    for name in _IDENTITY:
        if all(isinstance(element, Mapping) and name in element for element in elements):
            found = {str(element[name]): element for element in elements}
            if len(found) == len(elements):
                return found
    return None


def _are_lists(*values: Any) -> bool:
    return all(isinstance(value, Sequence) and not isinstance(value, str) for value in values)


def _same(before: Any, after: Any) -> bool:
    """Whether two values are the same JSON: ``true`` is not ``1``."""
    return canonical(before) == canonical(after)
