"""What CHANGELOG.md says that an installation needs. Pure."""

import re
from collections.abc import Iterator

from models.operations.deployment import Checked

_ENTRY = re.compile(r"^- (.*(?:\n {2,}\S.*)*)", re.MULTILINE)
_NEEDS = re.compile(r"\bneeds: +(.+)$")
_NOTHING = "nothing"
_LONGEST = 100


def needed(changelog: str, known: str = "") -> Iterator[Checked]:
    """What the entries need that ``known``, an earlier edition, does not have; but for those that need
    nothing. An entry that was worded anew is shown again.
    """
    before = set(_entries(known))
    for entry in _entries(changelog):
        found = _NEEDS.search(entry)
        if entry in before or found is None:
            continue
        needs = found[1].strip()
        if needs != _NOTHING:
            what = _short(entry[: found.start()])
            yield Checked(what, is_good=True, detail=f"needs: {needs}", word="read")


def _entries(changelog: str) -> Iterator[str]:
    """Each on one line, without marks."""
    for found in _ENTRY.finditer(changelog):
        yield " ".join(found[1].replace("**", "").split())


def _short(text: str) -> str:
    words = text.strip()
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rpartition(' ')[0]} …"
