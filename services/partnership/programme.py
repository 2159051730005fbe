"""Programmes of partnerships, among those of every kind."""

from models.partnership.partnership import KIND
from models.partnership.programme import Programme
from models.partnership.steps import steps
from services.case.programme import ProgrammeKind
from services.partnership.codes import programme_problems

PARTNERSHIP = ProgrammeKind(KIND.name, Programme, programme_problems, steps)
