"""Files that cannot be read, and what is said of them: which key breaks which rule."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from models.base import cleaned
from models.faults import what

M = TypeVar("M", bound=BaseModel)


class InvalidFile(ValueError):
    """A file that cannot be read or breaks a rule; the text names file, key and rule."""

    LONGEST = 4000
    """Bytes of the text, which may quote the file."""

    def __init__(self, text: str) -> None:
        super().__init__(cleaned(text, self.LONGEST))


def read_as(model: type[M], given: Mapping[str, Any]) -> M:
    """The values of a file as a message. InvalidFile: every key that breaks a rule, as the file has it."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found: dict[str, list[ErrorDetails]] = {}
        for problem in error.errors(include_url=False):
            found.setdefault(_as_written(problem["loc"], given), []).append(problem)
        texts = ((key, _of_key(model, problems)) for key, problems in found.items())
        raise InvalidFile("; ".join(f"{key}: {text}" if key else text for key, text in texts)) from error


def explain(error: ValidationError) -> str:
    """A validation error as people read it: ``key: what is wrong``, one per problem.

    Of a list with wrong elements it is not said, too, that it is short of them.
    """
    found = error.errors(include_url=False)
    inside = {problem["loc"][:end] for problem in found for end in range(len(problem["loc"]))}
    problems = (
        (".".join(str(part) for part in problem["loc"]), what([problem]))
        for problem in found
        if problem["type"] != "too_short" or problem["loc"] not in inside
    )
    return "; ".join(f"{key}: {message}" if key else message for key, message in problems)


def meant(name: str, known: Sequence[str]) -> str:
    """What to write in the place of a name that there is not."""
    near = get_close_matches(name[:100].lower(), known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"


def _as_written(loc: tuple[int | str, ...], given: Any) -> str:
    """A key as the file has it. Where the file has a short form, the parts of the long one are left out; of
    what is a list only once it is read, the element has its name in the file.
    """
    names: list[str] = []
    short = False
    for number, part in enumerate(loc):
        if isinstance(given, Mapping) and isinstance(part, int) and not short and part < len(given):
            part = list(given)[part]
        if part in given if isinstance(given, Mapping) else isinstance(part, int) and _has(given, part):
            given, short = given[part], False
            names.append(str(part))
        elif isinstance(given, Mapping) and isinstance(part, str) and number == len(loc) - 1:
            names.append(part)  # it is missing, or comes from the defaults
        else:
            short = True
    return ".".join(names)


def _has(given: Any, number: int) -> bool:
    return isinstance(given, list) and number < len(given)


def _of_key(model: type[BaseModel], problems: list[ErrorDetails]) -> str:
    if problems[0]["type"] != "extra_forbidden":
        return what(problems)
    *path, name = problems[0]["loc"]
    tables: list[type[BaseModel]] = [model]
    for part in path:
        inner = [one for table in tables for one in _tables(_keys(table).get(str(part)))]
        tables = inner or tables
    return f"there is no such key; {meant(str(name), [key for table in tables for key in _keys(table)])}"


def _keys(table: type[BaseModel]) -> dict[str, Any]:
    """What each key of a table holds."""
    return {field.alias or name: field.annotation for name, field in table.model_fields.items()}


def _tables(hint: Any) -> Iterator[type[BaseModel]]:
    """The tables that a key may hold."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for part in get_args(hint):
        yield from _tables(part)
