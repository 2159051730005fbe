"""Letters about cohorts. They name officials by id: only lists show names, to whom they concern."""

from models.case.notice import Draft


def where_they_stand(case: str, authority: str, lines: tuple[str, ...]) -> Draft:
    """Something became of those whom an authority has nominated."""
    told = "\n".join(lines)
    return Draft(
        subject=f"{case}: your nominees",
        body=f"{told}\n\naccord cohort show {case}\naccord inbox",
        persons=(authority,),
    )


def is_changed(case: str, what: str, reason: str, authorities: tuple[str, ...]) -> Draft:
    """The course of a cohort was changed."""
    return Draft(
        subject=f"{case}: {what}",
        body=f"{reason}\n\naccord cohort show {case}",
        persons=authorities,
    )


def is_over(
    case: str, title: str, status: str, reason: str, roles: tuple[str, ...], authorities: tuple[str, ...]
) -> Draft:
    """The cohort has ended; whoever had no part in it can be nominated for the next one."""
    next_time = "" if status == "closed" else "\n\nNominees will be welcome in the next cohort."
    return Draft(
        subject=f"{case}: {status}",
        body=f"{title}\n\n{reason}{next_time}\n\naccord history {case}",
        roles=roles,
        persons=authorities,
    )
