"""What can be said of docker-compose.yml and the Dockerfile without Docker, and that saying it bites."""

import ast
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from compose_spec import PyCompose, parse_duration
from sqlalchemy.engine import make_url
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

from adapters.database import MIGRATIONS
from cli.errors import Exit
from models.operations.health import Health, Part, not_ready, ready
from runtime.settings import ROOT, SECRETS, Settings
from runtime.temporal.engine import RETENTION
from runtime.temporal.server import binary
from runtime.watching.stopping import GRACE
from runtime.workers.signs import write
from tests.support.command import environment
from tests.support.compose import (
    EXAMPLE,
    GONE,
    REQUIRED,
    Document,
    Rule,
    broken,
    environments,
    filled_in,
    load,
)
from tests.support.house import House
from tests.support.image import DOCKERFILE, LOCK, copied, instructions

JOB = "on-failure:5"
VERSION = r"(postgres:\d+\.\d+|[a-z]+(/[a-z-]+)?:v?\d+\.\d+\.\d+)(-[a-z-]+)?"
PINNED = re.compile(VERSION + r"(@sha256:[0-9a-f]{64})?")
SECRET = re.compile(r"PASSWORD|PWD|SECRET|TOKEN")
IN_ADDRESS = re.compile(r"//[^/:@]+:([^@]*)@")


def follows_the_specification(document: Document) -> Iterator[str]:
    """Known keys, right types, declared networks, configs and secrets."""
    text = filled_in(json.dumps(document)).replace(JOB, "on-failure")  # the parser knows no number of tries
    try:
        parsed = PyCompose.from_json(text)
        parsed.validate()
        parsed.to_spec()
    except ValueError as error:
        yield str(error)


def variables_are_required(document: Document) -> Iterator[str]:
    """No variable has a default or may be forgotten, and the example names each."""
    text = json.dumps(document)
    if "$" in REQUIRED.sub("", text):
        yield "a variable that may stay empty"
    yield from {found[1] for found in REQUIRED.finditer(text)} - EXAMPLE.keys()


def images_are_pinned(document: Document) -> Iterator[str]:
    """An exact version, no registry's address, and not the abandoned image that sets itself up."""
    for name, service in document["services"].items():
        image = service.get("image", "")
        if not PINNED.fullmatch(image) or "auto-setup" in image:
            yield f"{name}: {image}"


def waits_are_right(document: Document) -> Iterator[str]:
    """A job is awaited until it has succeeded, a service until it is healthy."""
    services = document["services"]
    for name, service in services.items():
        waits = service.get("depends_on", {})
        for other in waits:
            said = waits[other].get("condition") if isinstance(waits, dict) else None
            if other not in services or said != _readiness(services[other]):
                yield f"{name} waits for {other} until {said}"


def _readiness(service: Document) -> str:
    if service["restart"] == JOB:
        return "service_completed_successfully"
    return "service_healthy" if "healthcheck" in service else "something it cannot tell"


def services_come_back(document: Document) -> Iterator[str]:
    """Each is either a job that ends, tried again until it succeeds, or a service that always runs."""
    for name, service in document["services"].items():
        if service.get("restart") not in {JOB, "unless-stopped"}:
            yield name


def only_this_host_is_served(document: Document) -> Iterator[str]:
    """Ports are published on the loopback address; those that trust every caller, not at all."""
    for name, service in document["services"].items():
        ports = service.get("ports", [])
        if "network_mode" in service or not all(str(port).startswith("127.0.0.1:") for port in ports):
            yield name
        if ports and name in {"postgresql", "temporal"}:
            yield name


def no_password_is_written(document: Document) -> Iterator[str]:
    """Passwords are files: no variable has one, alone or within an address."""
    for name, key, value in environments(document):
        is_file = key == SECRETS or key.endswith("_FILE")
        if (SECRET.search(key) and not is_file) or IN_ADDRESS.search(str(value)):
            yield f"{name}: {key}"


def pages_only_show(document: Document) -> Iterator[str]:
    """Nobody decides anything from Temporal's pages."""
    environment = document["services"]["temporal-ui"]["environment"]
    if environment.get("TEMPORAL_DISABLE_WRITE_ACTIONS") != "true":
        yield "temporal-ui"


def worker_ends_in_order(document: Document) -> Iterator[str]:
    """It hears SIGTERM, and is not killed before it has finished what is under way."""
    worker = document["services"]["worker"]
    if worker.get("init") is not True:
        yield "SIGTERM is not passed on"
    if parse_duration(worker.get("stop_grace_period", "10s")) <= GRACE.total_seconds():
        yield "killed while it finishes"


def worker_is_watched(document: Document) -> Iterator[str]:
    """Its sign of life lies where it may write, and is looked at."""
    worker = document["services"]["worker"]
    sign = Path(worker["environment"].get("ACCORD_HEALTH_FILE", "/"))
    if str(sign.parent) not in worker.get("tmpfs", []):
        yield f"{sign} cannot be written"
    if worker.get("healthcheck", {}).get("test") != ["CMD", "python", "starter.py", "health", "--ready"]:
        yield "nobody looks"


def containers_are_confined(document: Document) -> Iterator[str]:
    """None gains rights; ours have none and write nowhere."""
    for name, service in document["services"].items():
        if service.get("security_opt") != ["no-new-privileges:true"] or service.get("privileged"):
            yield f"{name} may gain rights"
        if "build" in service and (service.get("read_only"), service.get("cap_drop")) != (True, ["ALL"]):
            yield f"{name} is not confined"


def settings_exist(document: Document) -> Iterator[str]:
    """What we are told by the environment are settings of ours."""
    for name, key, _ in environments(document):
        ours = key.startswith("ACCORD_") and key != SECRETS
        if ours and key.removeprefix("ACCORD_").lower() not in Settings.model_fields:
            yield f"{name}: {key}"


def files_and_volumes_exist(document: Document) -> Iterator[str]:
    """Every file is there, every volume is declared."""
    for name, config in document["configs"].items():
        if not (ROOT / filled_in(config["file"])).is_file():
            yield f"config {name}: {config['file']}"
    for name, service in document["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if (
                not (ROOT / source).exists()
                if source.startswith((".", "/"))
                else source not in document["volumes"]
            ):
                yield f"{name}: {source}"


def namespace_is_one(document: Document) -> Iterator[str]:
    """All work in one namespace, which keeps histories as long as `accord setup` says."""
    told = {v for _, key, v in environments(document) if re.fullmatch(r"TEMPORAL_(\w+_)?NAMESPACE", key)}
    if len(told) != 1:
        yield f"namespaces {told}"
    if document["services"]["temporal-namespace"]["environment"].get("RETENTION") != f"{RETENTION.days}d":
        yield "retention"


RULES: list[Rule] = [
    follows_the_specification,
    variables_are_required,
    images_are_pinned,
    waits_are_right,
    services_come_back,
    only_this_host_is_served,
    no_password_is_written,
    pages_only_show,
    worker_ends_in_order,
    worker_is_watched,
    containers_are_confined,
    settings_exist,
    files_and_volumes_exist,
    namespace_is_one,
]

BREAKAGES: list[tuple[Rule, str, Any]] = [
    (follows_the_specification, "services/worker/retsart", "always"),
    (follows_the_specification, "services/worker/stop_grace_period", "soon"),
    (follows_the_specification, "services/worker/depends_on/temporal/condition", "service_ready"),
    (follows_the_specification, "services/worker/secrets", ["undeclared"]),
    (follows_the_specification, "configs/people", GONE),
    (variables_are_required, "services/worker/environment/ACCORD_MAIL_FROM", "${ACCORD_MAIL_FROM:-me@here}"),
    (variables_are_required, "services/worker/environment/ACCORD_MAIL_FROM", "${UNHEARD_OF:?say what}"),
    (images_are_pinned, "services/worker/image", "accord"),
    (images_are_pinned, "services/worker/image", GONE),
    (images_are_pinned, "services/mailpit/image", "axllent/mailpit:latest"),
    (images_are_pinned, "services/postgresql/image", "postgres:15"),
    (images_are_pinned, "services/temporal/image", "temporalio/auto-setup:1.29.1"),
    (images_are_pinned, "services/temporal-ui/image", "registry.example/temporalio/ui:2.54.1"),
    (waits_are_right, "services/worker/depends_on/accord-setup", {}),
    (waits_are_right, "services/worker/depends_on", ["temporal"]),
    (waits_are_right, "services/worker/depends_on/temporal/condition", "service_started"),
    (waits_are_right, "services/temporal/depends_on/temporal-schema/condition", "service_healthy"),
    (waits_are_right, "services/temporal/healthcheck", GONE),
    (waits_are_right, "services/temporal-namespace", GONE),
    (services_come_back, "services/worker/restart", GONE),
    (services_come_back, "services/temporal-schema/restart", "always"),
    (only_this_host_is_served, "services/temporal-ui/ports", ["0.0.0.0:8080:8080"]),
    (only_this_host_is_served, "services/mailpit/ports", ["8025:8025"]),
    (only_this_host_is_served, "services/mailpit/ports", [{"target": 8025, "published": "8025"}]),
    (only_this_host_is_served, "services/temporal/ports", ["127.0.0.1:7233:7233"]),
    (only_this_host_is_served, "services/worker/network_mode", "host"),
    (no_password_is_written, "services/temporal/environment/POSTGRES_PWD", "temporal"),
    (no_password_is_written, "services/worker/environment/ACCORD_BANK_TOKEN", None),
    (no_password_is_written, "services/worker/environment/ACCORD_DATABASE_URL", "postgresql://a:b@c/d"),
    (pages_only_show, "services/temporal-ui/environment/TEMPORAL_DISABLE_WRITE_ACTIONS", GONE),
    (pages_only_show, "services/temporal-ui/environment/TEMPORAL_DISABLE_WRITE_ACTIONS", "false"),
    (worker_ends_in_order, "services/worker/init", GONE),
    (worker_ends_in_order, "services/worker/stop_grace_period", GONE),
    (worker_ends_in_order, "services/worker/stop_grace_period", "20s"),
    (worker_is_watched, "services/worker/healthcheck", GONE),
    (worker_is_watched, "services/worker/healthcheck/test", ["NONE"]),
    (worker_is_watched, "services/worker/healthcheck/test", ["CMD", "python", "starter.py", "health"]),
    (worker_is_watched, "services/worker/environment/ACCORD_HEALTH_FILE", "/srv/accord/alive"),
    (containers_are_confined, "services/postgresql/security_opt", GONE),
    (containers_are_confined, "services/worker/privileged", True),
    (containers_are_confined, "services/worker/read_only", False),
    (containers_are_confined, "services/accord-setup/cap_drop", GONE),
    (settings_exist, "services/worker/environment/ACCORD_MAIL_FORM", "a@b.example"),
    (files_and_volumes_exist, "configs/databases/file", "compose/datebases.sql"),
    (files_and_volumes_exist, "services/postgresql/volumes", ["postgres:/var/lib/postgresql/data"]),
    (files_and_volumes_exist, "services/worker/volumes", ["./not-there:/there"]),
    (namespace_is_one, "services/worker/environment/TEMPORAL_NAMESPACE", "default"),
    (namespace_is_one, "services/temporal-namespace/environment/RETENTION", "3d"),
]


def test_an_image_may_be_named_by_its_digest_too() -> None:
    named = f"postgres:15.19-bookworm@sha256:{'0a' * 32}"
    assert list(images_are_pinned(broken("services/postgresql/image", named))) == []
    assert list(images_are_pinned(broken("services/postgresql/image", named[:-1]))) != []


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


def test_the_example_holds_no_password() -> None:
    assert [name for name, value in EXAMPLE.items() if SECRET.search(name) and value] == []


@pytest.mark.database
def test_the_cluster_is_the_one_that_the_tests_run_on() -> None:
    version = subprocess.run([binary(), "--version"], capture_output=True, text=True, check=True).stdout
    server, pages = re.findall(r"(?:Server|UI) ([\d.]+)", version)
    images = {name: service["image"].partition("@")[0] for name, service in load()["services"].items()}
    assert images["temporal"] == f"temporalio/server:{server}"
    assert images["temporal-ui"] == f"temporalio/ui:{pages}"
    assert images["temporal-schema"] == images["temporal-namespace"] == f"temporalio/admin-tools:{server}"


def test_our_image_bears_our_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    built = {service["image"] for service in load()["services"].values() if "build" in service}
    assert built == {f"{project['name']}:{project['version']}"}


@pytest.mark.database
@pytest.mark.parametrize(
    ("age", "database", "healthy"), [(0, True, True), (25, True, True), (60, True, False), (0, False, False)]
)
def test_a_worker_that_is_stuck_or_not_ready_is_unhealthy(
    tmp_path: Path, age: int, database: bool, healthy: bool
) -> None:
    sign = tmp_path / "alive"
    state = ready(Part.DATABASE, "it is") if database else not_ready(Part.DATABASE, "it is away", "wait")
    write(sign, Health(at=datetime.now(UTC) - timedelta(seconds=age), pid=1, checks=(state,)))
    assert (_asked(sign) == 0) is healthy


@pytest.mark.database
def test_a_worker_that_never_said_anything_is_unhealthy(tmp_path: Path) -> None:
    assert _asked(tmp_path / "alive") == Exit.VERIFICATION


def _asked(sign: Path) -> int:
    """The status of what compose asks."""
    _, _, *question = load()["services"]["worker"]["healthcheck"]["test"]
    told = environment(sign.parent, ACCORD_HEALTH_FILE=str(sign))
    asked = subprocess.run([sys.executable, *question], cwd=ROOT, env=told, capture_output=True, check=False)
    return asked.returncode


@pytest.mark.database
@pytest.mark.parametrize("works", [True, False])
def test_both_stores_of_temporal_get_their_schema(tmp_path: Path, works: bool) -> None:
    tool = tmp_path / "temporal-sql-tool"
    tool.write_text(f'#!/bin/sh\n[ "$SQL_PASSWORD" = secret ] && echo "$*"\nexit {0 if works else 1}\n')
    tool.chmod(0o755)
    password = tmp_path / "password"
    password.write_text("secret")
    told = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SQL_PASSWORD_FILE": str(password)}
    script = ["/bin/sh", str(ROOT / "compose" / "temporal-schema.sh")]
    ran = subprocess.run(script, env=os.environ | told, capture_output=True, text=True, check=False)
    versions = "/etc/temporal/schema/postgresql/v12"
    calls = [
        "--db temporal setup-schema -v 0.0",
        f"--db temporal update-schema -d {versions}/temporal/versioned",
        "--db temporal_visibility setup-schema -v 0.0",
        f"--db temporal_visibility update-schema -d {versions}/visibility/versioned",
    ]
    assert (ran.stdout.splitlines(), ran.returncode) == ((calls, 0) if works else (calls[:1], 1))


async def test_the_namespace_is_made_once_and_keeps_histories(house: House) -> None:
    job = load()["services"]["temporal-namespace"]["environment"]
    address = house.client.service_client.config.target_host
    told = {"TEMPORAL_ADDRESS": f"passthrough:///{address}", "TEMPORAL_NAMESPACE": "made-by-compose"}
    plain = {name: value for name, value in job.items() if "_TLS_" not in name}
    environment = os.environ | plain | told | {"PATH": f"{Path(binary()).parent}:{os.environ['PATH']}"}
    script = ["/bin/sh", str(ROOT / "compose" / "temporal-namespace.sh")]
    for _ in range(2):
        await asyncio.to_thread(subprocess.run, script, env=environment, capture_output=True, check=True)
    asked = DescribeNamespaceRequest(namespace="made-by-compose")
    namespace = await house.client.workflow_service.describe_namespace(asked)
    assert namespace.config.workflow_execution_retention_ttl.ToTimedelta() == RETENTION


@pytest.fixture
def prepared(postgres_url: str, tmp_path: Path) -> Iterator[str]:
    """A server on which databases.sql has run, with other names than it gives."""
    if not shutil.which("psql"):
        pytest.skip("psql is not installed")
    server = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    statements = (ROOT / "compose" / "databases.sql").read_text()
    statements = statements.replace("/run/secrets", str(tmp_path))
    statements = re.sub(r"(?<![/_\w])(temporal|accord)(?!_password)", r"compose_\1", statements)
    for role in ("temporal", "accord_owner", "accord", "accord_backup"):
        (tmp_path / f"db_{role}").write_text("it's")
    psql = ["psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--dbname={server}"]
    try:
        subprocess.run(psql, input=statements, text=True, check=True)
        yield server
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            for name in ("temporal", "temporal_visibility", "accord"):
                connection.execute(f"DROP DATABASE IF EXISTS compose_{name}".encode())
            for name in ("temporal", "accord", "accord_owner", "accord_backup"):
                connection.execute(f"DROP ROLE IF EXISTS compose_{name}".encode())


def test_no_role_enters_the_databases_of_the_other(prepared: str) -> None:
    question = """SELECT rolname, datname FROM pg_roles, pg_database
        WHERE rolname LIKE 'compose_%' AND datname LIKE 'compose_%'
        AND has_database_privilege(rolname, datname, 'CONNECT') AND NOT rolsuper"""
    with psycopg.connect(prepared) as connection:
        assert set(connection.execute(question)) == {
            ("compose_accord", "compose_accord"),
            ("compose_accord_backup", "compose_accord"),
            ("compose_accord_owner", "compose_accord"),
            ("compose_temporal", "compose_temporal"),
            ("compose_temporal", "compose_temporal_visibility"),
        }


def test_temporal_may_add_the_extension_it_needs(prepared: str) -> None:
    with psycopg.connect(prepared, dbname="compose_temporal_visibility") as connection:
        connection.execute("SET ROLE compose_temporal")
        connection.execute("CREATE EXTENSION btree_gin")
        connection.execute("CREATE TABLE executions_visibility (id int)")
        connection.rollback()


def image_problems(dockerfile: str) -> Iterator[str]:
    """Pinned base, hashed packages, no address, a user without rights, all that the programs import."""
    for first, *rest in instructions(dockerfile):
        if first == "FROM" and not PINNED.fullmatch(rest[0]):
            yield f"base image {rest[0]}"
        if first == "RUN" and "install" in rest and "--require-hashes" not in rest:
            yield f"unhashed: {rest}"
    if "://" in dockerfile:
        yield "an address"
    users = [words[1] for words in instructions(dockerfile) if words[0] == "USER"]
    if not users or not users[-1].isdigit() or users[-1] == "0":
        yield f"user {users}"
    if "--requirement requirements-runtime.lock" not in dockerfile:
        yield "packages that nobody needs to run it"
    yield from sorted(needed() - {source for source, _ in copied(dockerfile)})


@cache
def needed() -> frozenset[str]:
    """Rooms and files that `worker.py` and `starter.py` load, directly or through others."""
    found = {MIGRATIONS.name, Settings.model_fields["programmes"].default.name}
    found |= {str(path.relative_to(ROOT)) for path in Settings.model_fields["funds"].default}
    ahead = [ROOT / "worker.py", ROOT / "starter.py"]
    while ahead:
        path = ahead.pop()
        if path.name in found:  # several files asked for it before it was looked at
            continue
        found.add(path.name)
        for file in path.glob("**/*.py") if path.is_dir() else [path]:
            ahead += rooms(file)
    return frozenset(found)


def rooms(file: Path) -> Iterator[Path]:
    """The rooms of the project that a file imports from."""
    for node in ast.walk(ast.parse(file.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        yield from (room for name in names if name and (room := ROOT / name.split(".")[0]).is_dir())


def test_the_image_is_sound() -> None:
    assert list(image_problems(DOCKERFILE)) == []


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("FROM python:3.11.16-slim-bookworm\n", "FROM python:3.11-slim-bookworm\n"),
        ("--require-hashes", ""),
        ("--require-hashes", "--require-hashes --index-url https://packages.example/simple"),
        ("USER 10001\n", ""),
        ("USER 10001\n", "USER 0\n"),
        ("COPY models models/\n", ""),
        ("requirements-runtime.lock", "requirements.lock"),
        ("COPY data/pis-fund.toml data/\n", ""),
        ("COPY migrations migrations/\n", ""),
        (" worker.py ./", " ./"),
    ],
)
def test_an_unsound_image_is_found_out(line: str, instead: str) -> None:
    assert line in DOCKERFILE
    assert list(image_problems(DOCKERFILE.replace(line, instead))) != []


def test_the_build_sees_what_it_copies_and_nothing_else() -> None:
    first, *lines = (ROOT / ".dockerignore").read_text().split()
    allowed = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert first == "*"
    assert allowed == {source for source, _ in copied(DOCKERFILE)} | {LOCK.name}
    assert [name for name in allowed if not (ROOT / name).exists()] == []
