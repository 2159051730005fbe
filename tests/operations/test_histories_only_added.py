"""Stored histories are only ever added, and whoever changes one is told."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import manifest


@pytest.mark.database
def test_the_stored_histories_are_those_of_every_earlier_commit() -> None:
    assert list(manifest.problems(manifest.HISTORIES)) == []


class Stored:
    """A repository with two stored histories of format 1."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder = root, root / "tests" / "histories"
        (self.folder / "study").mkdir(parents=True)
        self.git("init", "--quiet")
        self.keep("study/happy", "1")
        self.keep("study/sad", "1")
        self.format("1 The first.\n")
        self.commit()

    def git(self, *words: str) -> None:
        who = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *words], cwd=self.root, check=True, capture_output=True)

    def keep(self, name: str, content: str) -> None:
        (self.folder / f"{name}.json.gz").write_text(content)

    def format(self, text: str) -> None:
        (self.folder / "FORMAT").write_text(text)
        manifest.write(self.folder)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Histories")

    def problems(self) -> list[str]:
        return [problem.split(" in commit ")[0] for problem in manifest.problems(self.folder)]


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    return Stored(tmp_path / "project")


def test_adding_is_allowed(stored: Stored) -> None:
    assert stored.problems() == []
    stored.keep("study/late", "1")
    assert stored.problems() == ["study/late.json.gz is not in SHA256SUMS: `make histories` adds it"]
    manifest.write(stored.folder)
    assert stored.problems() == []
    stored.commit()
    assert stored.problems() == []


def test_changing_or_removing_is_not_allowed_even_with_the_list(stored: Stored) -> None:
    stored.keep("study/happy", "2")
    (stored.folder / "study" / "sad.json.gz").unlink()
    assert stored.problems() == ["study/happy.json.gz was changed", "study/sad.json.gz is gone"]
    manifest.write(stored.folder)
    told = [f"study/{name}.json.gz is no longer what SHA256SUMS had" for name in ("happy", "sad")]
    assert stored.problems() == told
    stored.commit()
    assert stored.problems() == told


def test_a_new_number_starts_a_new_list_and_cannot_be_taken_back(stored: Stored) -> None:
    stored.keep("study/happy", "2")
    stored.format("1 The first.\n2 The kernel was rebuilt; nothing was in flight.\n")
    stored.commit()
    assert stored.problems() == []
    stored.keep("study/happy", "3")
    manifest.write(stored.folder)
    assert stored.problems() == ["study/happy.json.gz is no longer what SHA256SUMS had"]
    stored.keep("study/happy", "1")
    stored.format("1 The first.\n")
    assert stored.problems() == ["FORMAT says 1, and said 2"]


def test_without_history_the_list_itself_is_held(stored: Stored, tmp_path: Path) -> None:
    stored.keep("study/late", "1")
    manifest.write(stored.folder)
    stored.commit()
    shallow, exported = tmp_path / "shallow", tmp_path / "exported"
    stored.git("clone", "--quiet", "--depth", "1", f"file://{stored.root}", str(shallow))
    shutil.copytree(stored.root, exported, ignore=shutil.ignore_patterns(".git"))
    for root in (shallow, exported):
        folder = root / "tests" / "histories"
        assert list(manifest.problems(folder)) == []
        (folder / "study" / "happy.json.gz").write_text("2")
        assert list(manifest.problems(folder)) == ["study/happy.json.gz was changed"]
