"""A file of nominations: what is wrong in it, row by row; who would be, and who is nominated."""

import re
from collections.abc import Iterator
from pathlib import Path

import typer
from sqlalchemy import Connection

from cli.context import Context
from cli.errors import Exit
from cli.output import Output, print_rows, remark
from models.files import InvalidFile
from services.case.cases import CaseService, Refused
from services.case.sheet import Problem
from services.training import nominations, nominee_file
from services.training.nominee_file import Nominee, Nominees
from services.training.register import Register

COLUMNS = ("row", "column", "what", "value", "why", "to_do")
_SHA256 = re.compile("[0-9a-f]{64}")


def nominate_all(
    context: Context, number: str, file: Path, country: str, actor: str, send: bool, output: Output
) -> None:
    """Check a file of nominations, row by row, and with ``send`` nominate who stands in it."""
    sheet = context.installation.files.sheet(file, nominee_file.COLUMNS)
    read = nominee_file.read_rows(sheet, country)
    problems = list(read.problems)
    nominees = list(_with_papers(context, file.parent, read, problems, keep=send))
    rows = [_wrong(problem) for problem in problems]
    rows += _sent(context, number, actor, nominees) if send else _checked(context, number, nominees)
    print_rows(sorted(rows, key=lambda row: int(str(row["row"]))), COLUMNS, output)
    wrong = sum(row["what"] in ("wrong", "refused") for row in rows)
    verb = "nominated" if send else "would nominate"
    remark(f"rows: {verb} {len(rows) - wrong}, wrong {wrong}")
    if wrong:
        raise typer.Exit(Exit.PARTIAL if len(rows) > wrong else Exit.INVALID)


def _with_papers(
    context: Context, folder: Path, read: Nominees, problems: list[Problem], keep: bool
) -> Iterator[tuple[int, Nominee]]:
    """The officials, with the SHA-256 of their papers, which are files beside the list or kept already."""
    digest = context.keep if keep else context.sha256_of
    for row, one in read.rows:
        try:
            papers = {
                kind: name if _SHA256.fullmatch(name) else digest(folder / name)
                for kind, name in one.documents.items()
            }
        except InvalidFile as error:
            problems.append(
                Problem(row=row, column="documents", reason=str(error), hint="name a file beside the list")
            )
            continue
        yield row, one._replace(documents=papers)


def _checked(context: Context, number: str, rows: list[tuple[int, Nominee]]) -> list[dict[str, object]]:
    with context.database.connect().execution_options(readonly=True) as connection:
        return [_predicted(connection, number, row, one) for row, one in rows]


def _predicted(connection: Connection, number: str, row: int, one: Nominee) -> dict[str, object]:
    why = nominations.problem_of(connection, number, one.official)
    if why := why or nominations.not_asked_for(connection, number, one.documents):
        return _row(row, one, "wrong", why)
    missing = ", ".join(nominations.missing(connection, number, one.documents))
    found = _row(row, one, "would nominate", f"still missing: {missing}" if missing else "")
    return found | {"to_do": "hand it in before nominations end" if missing else ""}


def _sent(
    context: Context, number: str, actor: str, rows: list[tuple[int, Nominee]]
) -> list[dict[str, object]]:
    register = Register(context.database, actor, context.belief)

    async def one_by_one(cases: CaseService) -> list[dict[str, object]]:
        return [await _nominated(register, cases, number, row, one) for row, one in rows]

    return context.ask(one_by_one)


async def _nominated(
    register: Register, cases: CaseService, number: str, row: int, one: Nominee
) -> dict[str, object]:
    try:
        message = register.nominate(number, one)
        answer = await cases.send("nominate", message)
    except Refused as error:
        return _row(row, one, "refused", str(error))
    if answer.rule:
        return _row(row, one, "refused", answer.message)
    return _row(row, one, "nominated", message.nominee)


def _row(row: int, one: Nominee, what: str, why: str) -> dict[str, object]:
    return {"row": row, "column": "", "what": what, "value": one.official.latin, "why": why, "to_do": ""}


def _wrong(problem: Problem) -> dict[str, object]:
    found = {"row": problem.row, "column": problem.column, "value": problem.value}
    return found | {"what": "wrong", "why": problem.reason, "to_do": problem.hint}
