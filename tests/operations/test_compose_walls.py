"""Who reaches whom in the compose file, who is given which secret, and what each may use up at most."""

import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime.settings import ROOT, Settings
from tests.support.compose import GONE, Document, Rule, broken, environments, load, secrets

MEETS = {
    "postgresql": {"temporal", "temporal-schema", "accord-setup", "worker"},
    "temporal": {
        "postgresql",
        "temporal-schema",
        "temporal-namespace",
        "temporal-ui",
        "accord-setup",
        "worker",
    },
    "temporal-ui": {"temporal", "temporal-namespace", "accord-setup", "worker", "mailpit"},
}
"""With whom these are in one network."""
RIGHTS = {"postgresql": ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"]}
"""Who begins as root, and has to become somebody else."""
WRITES = {"temporal-ui"}
"""Who writes beside its volumes and its /tmp."""
ALONE = {"url_accord_owner": {"accord-setup"}, "url_accord": {"worker"}, "bank_token": {"worker"}}
ALONE |= {"smtp_password": {"worker"}, "db_temporal": {"postgresql", "temporal", "temporal-schema"}}
ALONE |= {f"db_{role}": {"postgresql"} for role in ("postgres", "accord", "accord_owner", "accord_backup")}
"""Who alone is given these."""


def networks_part(document: Document) -> Iterator[str]:
    """The pages and the mail do not reach the database; engine and database reach nobody outside."""
    rooms = {
        name: set(service.get("networks", ["default"])) for name, service in document["services"].items()
    }
    for name, whom in MEETS.items():
        met = {other for other in rooms if other != name and rooms[other] & rooms[name]}
        if met != whom:
            yield f"{name} meets {met ^ whom}"
    for room, settings in document["networks"].items():
        if room != "front" and (settings or {}).get("internal") is not True:
            yield f"{room} is open"


def nobody_uses_up_the_machine(document: Document) -> Iterator[str]:
    """Memory, processors and processes have a limit."""
    for name, service in document["services"].items():
        limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
        if limits.keys() != {"memory", "cpus", "pids"}:
            yield f"{name}: {limits}"


def rights_are_few(document: Document) -> Iterator[str]:
    """None of root's rights, nothing written, but by whom that is said of."""
    for name, service in document["services"].items():
        if service.get("cap_drop") != ["ALL"] or service.get("cap_add") != RIGHTS.get(name):
            yield f"{name}: rights"
        if service.get("read_only") is not (name not in WRITES):
            yield f"{name}: writes"


def secrets_are_few(document: Document) -> Iterator[str]:
    """Each is given only to whom needs it; a private key to one. Nobody is given the authority's."""
    who: dict[str, set[str]] = {}
    for name, service in document["services"].items():
        for source, _ in secrets(service):
            who.setdefault(source, set()).add(name)
    for source in document["secrets"]:
        have = who.get(source, set())
        if have != ALONE.get(source, have) or (source.endswith(".key") and len(have) != 1):
            yield f"{source}: {have}"
    if "ca.key" in document["secrets"]:
        yield "the authority's key"


def secrets_are_there(document: Document) -> Iterator[str]:
    """What a service is told to read in /run/secrets it is given; what it is given as a setting is one."""
    for name, key, value in environments(document):
        given = {target for _, target in secrets(document["services"][name])}
        if str(value).startswith("/run/secrets/") and Path(str(value)).name not in given:
            yield f"{name}: {key}"
    for name, service in document["services"].items():
        ours = {target for _, target in secrets(service) if target.startswith("accord_")}
        if ours - {f"accord_{setting}" for setting in Settings.model_fields}:
            yield f"{name}: {ours}"


def parts_know_each_other(document: Document) -> Iterator[str]:
    """The engine takes nobody without a certificate; everybody looks whose the other's is."""
    services = document["services"]
    if services["temporal"]["environment"].get("TEMPORAL_TLS_REQUIRE_CLIENT_AUTH") != "true":
        yield "the engine takes anybody"
    for name in ("worker", "accord-setup", "temporal-namespace"):
        needed = {f"TEMPORAL_TLS_{one}_PATH" for one in ("SERVER_CA_CERT", "CLIENT_CERT", "CLIENT_KEY")}
        if not needed <= services[name]["environment"].keys():
            yield name
    verify = {
        "temporal": "SQL_HOST_VERIFICATION",
        "temporal-schema": "SQL_TLS_ENABLE_HOST_VERIFICATION",
        "temporal-ui": "TEMPORAL_TLS_ENABLE_HOST_VERIFICATION",
    }
    yield from (name for name, key in verify.items() if services[name]["environment"].get(key) != "true")


def workers_are_many(document: Document) -> Iterator[str]:
    """Nothing of a worker is there only once: no name, no port, no file that another would write, too."""
    worker = document["services"]["worker"]
    if "container_name" in worker or "ports" in worker or "/tmp" not in worker.get("tmpfs", []):
        yield "only one"


RULES: list[Rule] = [
    networks_part,
    nobody_uses_up_the_machine,
    rights_are_few,
    secrets_are_few,
    secrets_are_there,
    parts_know_each_other,
    workers_are_many,
]
_CLIENT = "services/worker/environment/TEMPORAL_TLS_CLIENT"
BREAKAGES: list[tuple[Rule, str, Any]] = [
    (networks_part, "services/temporal-ui/networks", ["front", "engine", "data"]),
    (networks_part, "services/mailpit/networks", ["front", "data"]),
    (networks_part, "services/mailpit/networks", ["front", "engine"]),
    (networks_part, "services/postgresql/networks", GONE),
    (networks_part, "networks/data", {}),
    (nobody_uses_up_the_machine, "services/worker/deploy", GONE),
    (nobody_uses_up_the_machine, "services/mailpit/deploy/resources/limits/pids", GONE),
    (rights_are_few, "services/temporal/cap_drop", GONE),
    (rights_are_few, "services/worker/cap_add", ["NET_ADMIN"]),
    (rights_are_few, "services/postgresql/read_only", False),
    (secrets_are_few, "services/temporal-ui/secrets", ["db_accord"]),
    (secrets_are_few, "services/temporal-ui/secrets", ["worker.key"]),
    (secrets_are_few, "services/worker/secrets", ["url_accord_owner"]),
    (secrets_are_few, "secrets/ca.key", {"file": "secrets/ca.key"}),
    (secrets_are_there, "services/worker/secrets", ["ca.crt"]),
    (
        secrets_are_there,
        "services/mailpit/secrets",
        [{"source": "bank_token", "target": "accord_bank_tokne"}],
    ),
    (parts_know_each_other, "services/temporal/environment/TEMPORAL_TLS_REQUIRE_CLIENT_AUTH", "false"),
    (parts_know_each_other, f"{_CLIENT}_CERT_PATH", GONE),
    (parts_know_each_other, "services/temporal/environment/SQL_HOST_VERIFICATION", GONE),
    (workers_are_many, "services/worker/container_name", "accord-worker"),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_compose_file_keeps(rule: Rule) -> None:
    assert list(rule(load())) == []


@pytest.mark.parametrize(
    ("rule", "place", "value"), BREAKAGES, ids=lambda part: getattr(part, "__name__", None)
)
def test_a_broken_compose_file_is_found_out(rule: Rule, place: str, value: Any) -> None:
    assert list(rule(broken(place, value))) != []


def test_every_rule_is_shown_to_bite() -> None:
    assert {rule for rule, _, _ in BREAKAGES} == set(RULES)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of secrets that compose/prepare.sh makes."""
    place = tmp_path_factory.mktemp("prepared")
    _prepare(place)
    return place / "secrets"


def _prepare(place: Path) -> None:
    subprocess.run(["/bin/sh", str(ROOT / "compose" / "prepare.sh")], cwd=place, check=True, timeout=60)


@pytest.mark.database
def test_all_secrets_are_made_and_kept(prepared: Path) -> None:
    files = {ROOT.joinpath(one["file"]).name for one in load()["secrets"].values()}
    made = {path.name: path.read_bytes() for path in prepared.iterdir()}
    assert files <= made.keys()
    assert made.keys() - files == {"ca.key", "ca.srl"}
    _prepare(prepared.parent)
    assert {path.name: path.read_bytes() for path in prepared.iterdir()} == made


@pytest.mark.database
def test_nobody_else_reads_the_secrets_and_git_has_none(prepared: Path) -> None:
    assert stat.S_IMODE(prepared.stat().st_mode) == 0o700
    assert stat.S_IMODE((prepared / "ca.key").stat().st_mode) == 0o400
    assert "secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    roles = ("postgres", "temporal", "accord", "accord_owner", "accord_backup")
    passwords = {(prepared / f"db_{role}").read_text() for role in roles}
    assert len(passwords) == len(roles)
    assert all(re.fullmatch(r"[0-9a-f]{48}", one) for one in passwords)


@pytest.mark.database
@pytest.mark.parametrize("name", ["postgresql", "temporal", "worker", "setup", "namespace", "pages"])
def test_certificates_are_of_one_authority(prepared: Path, name: str) -> None:
    use = "sslserver" if name in {"postgresql", "temporal"} else "sslclient"
    words = ["openssl", "verify", "-purpose", use, "-CAfile", "ca.crt", f"{name}.crt"]
    subprocess.run(words, cwd=prepared, check=True, capture_output=True)


@pytest.mark.database
def test_settings_are_read_from_the_files_that_a_worker_is_given(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source, target in secrets(load()["services"]["worker"]):
        shutil.copy(prepared / source, tmp_path / target)
    monkeypatch.setenv("ACCORD_SECRETS", str(tmp_path))
    settings = Settings()
    assert settings.database == (prepared / "url_accord").read_text()
    assert settings.database.startswith("postgresql://accord:")
    assert not settings.bank_token
    monkeypatch.setenv("ACCORD_BANK_TOKEN", "said")
    assert Settings().bank_token is not None
    assert str(Settings().bank_token) == "**********"
