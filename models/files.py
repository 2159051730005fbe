"""Files that cannot be read, and what is said of them."""

from pydantic import ValidationError

from models.base import cleaned


class InvalidFile(ValueError):
    """A file that cannot be read or breaks a rule; the text names file, key and rule."""

    LONGEST = 4000
    """Bytes of the text, which may quote the file."""

    def __init__(self, text: str) -> None:
        super().__init__(cleaned(text, self.LONGEST))


def explain(error: ValidationError) -> str:
    """A validation error as people read it: ``key: what is wrong``, one per problem."""
    problems = (
        (".".join(str(part) for part in problem["loc"]), problem["msg"].removeprefix("Value error, "))
        for problem in error.errors(include_url=False, include_context=False, include_input=False)
    )
    return "; ".join(f"{key}: {message}" if key else message for key, message in problems)
