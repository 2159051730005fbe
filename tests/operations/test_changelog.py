"""What a new version needs of an installation stands in the changelog, and is told before it comes."""

from pathlib import Path

import pytest

from models.operations.changelog import needed
from runtime.care.needs import NAME, needs
from runtime.settings import ROOT, Settings
from tests.support.command import inside

BEFORE = """# Changelog

## Unreleased

### Operation

- The first thing. needs: nothing
- A second thing, which goes on
  in the next line. **needs: setup** (a column)
"""
AFTER = f"""{BEFORE}- A third thing. needs: nothing, but a healthcheck of your own: look at it
- A fourth thing. needs: nothing
"""


def told(changelog: str, known: str = "") -> list[str]:
    """The lines that are said."""
    return [str(one) for one in needed(changelog, known)]


def test_what_needs_nothing_is_not_told() -> None:
    second = "read: A second thing, which goes on in the next line.: needs: setup (a column)"
    third = "read: A third thing.: needs: nothing, but a healthcheck of your own: look at it"
    assert told(BEFORE) == [second]
    assert told(AFTER) == [second, third]


def test_what_an_installation_was_set_up_with_is_not_told_again() -> None:
    assert [one.partition(":")[2] for one in told(AFTER, BEFORE)] == [
        " A third thing.: needs: nothing, but a healthcheck of your own: look at it"
    ]
    assert told(AFTER, AFTER) == []


def test_an_entry_that_was_worded_anew_is_told_again() -> None:
    assert len(told(BEFORE.replace("second", "2nd"), BEFORE)) == 1


def test_every_entry_of_our_own_says_what_it_needs() -> None:
    entries = (ROOT / NAME).read_text().split("\n- ")[1:]
    assert [entry for entry in entries if "needs: " not in entry] == []


@pytest.mark.database
def test_setup_keeps_what_was_told_and_a_way_back_forgets_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    settings = Settings(home=home)
    first, *all_of_it = needs(settings)
    assert "it is not known what was set up before" in str(first)
    assert len(all_of_it) == int(first.detail) > 0
    assert inside(home, "setup").code == 0
    (nothing,) = needs(settings)
    assert (nothing.detail, "since the last `accord setup`" in nothing.what) == ("0", True)
    assert inside(home, "db", "downgrade", "0022").code == 0
    assert len([*needs(settings)]) == 1 + len(all_of_it)


@pytest.mark.database
def test_where_nothing_can_be_kept_an_installation_is_set_up_all_the_same(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / NAME).mkdir(parents=True)  # as little of a file as one on a read-only disk, for root, too
    home.chmod(0o700)
    assert inside(home, "setup").code == 0
    assert "it is not known what was set up before" in str(next(needs(Settings(home=home))))
