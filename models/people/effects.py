"""What entries change in the directory. Said again in the order of the record, they make it anew."""

from datetime import datetime
from typing import Literal

from models.base import Line, OrganisationId, PersonId
from models.case.case import Country
from models.case.effects import Effect
from models.people.delegation import Delegation
from models.people.person import Exclusion, Holding, Post, Sector


class Organises(Effect):
    """There is an organisation, with these details from now on."""

    effect: Literal["organises"] = "organises"
    id: OrganisationId
    name: Line
    country: Country
    sector: Sector


class PaysTo(Effect):
    """An organisation is paid to this account from now on; None: it is paid no more."""

    effect: Literal["pays-to"] = "pays-to"
    organisation: OrganisationId
    account: str | None = None
    since: datetime | None = None
    """When that came into force; None: with the directory itself."""


class Dissolves(Effect):
    """An organisation is listed no more."""

    effect: Literal["dissolves"] = "dissolves"
    organisation: OrganisationId


class Registers(Effect):
    """There is somebody, with these details from now on."""

    effect: Literal["registers"] = "registers"
    id: PersonId
    name: Line
    organisation: OrganisationId
    email: str
    subject: Line | None = None


class Holds(Effect):
    """All the roles that somebody holds from now on."""

    effect: Literal["holds"] = "holds"
    person: PersonId
    roles: tuple[Holding, ...]


class Served(Effect):
    """All the organisations that somebody worked for before."""

    effect: Literal["served"] = "served"
    person: PersonId
    former: tuple[Post, ...]


class Leaves(Effect):
    """Somebody has ended: their roles, tokens and delegations with them."""

    effect: Literal["leaves"] = "leaves"
    person: PersonId


class Excludes(Effect):
    """All the roles that exclude each other from now on."""

    effect: Literal["excludes"] = "excludes"
    pairs: tuple[Exclusion, ...]


class Delegates(Effect):
    """Somebody lets somebody else act for them."""

    effect: Literal["delegates"] = "delegates"
    delegation: Delegation


class Withdraws(Effect):
    """A delegation counts no more, from the instant of the entry."""

    effect: Literal["withdraws-delegation"] = "withdraws-delegation"
    delegation: str
