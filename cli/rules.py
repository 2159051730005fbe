"""Every rule of Accord by its name, as an answer has it."""

from collections.abc import Mapping

from models.agreement.rule import AgreementRule
from models.case.rule import CaseRule, Rule
from models.money.rule import MoneyRule
from models.operations.rule import OperationsRule
from models.partnership.rule import PartnershipRule
from models.payment.rule import PaymentRule
from models.people.rule import PeopleRule
from models.study.rule import StudyRule
from models.training.rule import TrainingRule

_OF: tuple[type[Rule], ...] = (
    CaseRule,
    PeopleRule,
    MoneyRule,
    PaymentRule,
    AgreementRule,
    StudyRule,
    PartnershipRule,
    TrainingRule,
    OperationsRule,
)
RULES: Mapping[str, Rule] = {str(rule): rule for rules in _OF for rule in rules}
