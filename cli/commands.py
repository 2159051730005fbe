"""Every command: where it is, and what the help says of it. Nothing of it is imported before it is typed.

A command is the function of its name in its module, with an underscore behind a word that Python has itself.
"""

from collections.abc import Mapping
from typing import NamedTuple

Commands = Mapping[str, Mapping[str, str]]
"""The first paragraph of the help of each command, by module and name."""


class Group(NamedTuple):
    """Commands under one word, as in `accord fund show`."""

    help: str
    commands: Commands
    alone_is_help: bool = True
    """Whether the word alone asks for help; else it is an error that the command is missing."""


COMMANDS: Commands = {
    "cli.partnership.proposal": {
        "propose": "Start a partnership from flags or a TOML file. The same proposal twice starts one case.",
        "import": "Check a file of proposals, row by row, and with --start start what does not exist yet.",
        "resubmit": "Answer a return with a revised proposal: from a file, or with what changed as flags.",
    },
    "cli.partnership.partnership": {
        "list": "List the cases and where they stand.",
        "withdraw": "Withdraw a case, at any stage. What it holds is given back, everybody is told.",
        "fulfil": "Hand in the evidence that a condition of the study is met; the document is kept.",
    },
    "cli.case.show": {
        "show": "Show one case: where it stands, what it waits for, its money.",
    },
    "cli.case.inbox": {
        "inbox": "What waits for you, soonest due first.",
    },
    "cli.case.approval": {
        "decide": "Approve, reject, return, abstain or recuse yourself: at one gate, or with --all at many.",
    },
    "cli.case.seat_assignment": {
        "claim": (
            "Take a seat or a piece of work on: until you act, release it, or it is due, nobody else can."
        ),
        "release": "Give back what you have claimed.",
        "reassign": "Pass on what somebody has claimed; for coordinators.",
    },
    "cli.case.deadline": {
        "extend": "Ask for more working days; they are given when a second person asks for as many.",
        "pause": "Stop the clock of an open gate. Its panel may still decide.",
        "resume": "Let the clock of a gate run again; the days it stood still do not count.",
    },
    "cli.case.override": {
        "override": (
            "Put an outcome in the place of the panel's, where the programme lets two people do that."
        ),
    },
    "cli.case.conflict_of_interest": {
        "declare": "Declare your interest in a case, or that you have none.",
        "challenge": (
            "Say that somebody voted in spite of a conflict: when a second person says so, it is struck out."
        ),
    },
    "cli.study.study": {
        "award": "Award the study to the contractor that won the tender.",
        "tender": (
            "Publish the tender of a study, with criteria that the applicant has agreed to; both are kept."
        ),
        "fail-tender": "Say that no bid can be awarded: it is held once again, then the task force decides.",
        "terminate": (
            "End the contract for a study; two people must say so. Accepted work is paid, the rest released."
        ),
        "deliver": "Hand in a deliverable; its SHA-256 goes on record, the document is kept.",
    },
    "cli.training.nominate": {
        "nominate": (
            "Nominate officials of your country: one by flags, or a file of them (a dry run first)."
        ),
        "nominated": "Say that your country nominates nobody else for a cohort.",
        "withdraw-nominee": "Withdraw an official of your country before the course.",
        "substitute": "Let another official take a seat: the authority names them, a coordinator confirms.",
    },
    "cli.agreement.agreement": {
        "table": "Put the text of an agreement on the table.",
        "sign": "Sign: by the SHA-256 of the text you read, so that nobody signs another one.",
        "refuse": "Refuse to sign. The round is void and the text goes back to the table.",
    },
    "cli.partnership.reduction": {
        "reduce": (
            "Put a smaller amount before the funding panel, as one of it. Every seat votes anew, on that."
        ),
    },
    "cli.money.offer": {
        "offer": "Take up money that came back, or decline it: then it goes to the next in the queue.",
    },
    "cli.case.acknowledgement": {
        "acknowledge": "Take note of a vote that your deputy cast while you were away.",
    },
    "cli.people.delegation": {
        "delegate": "Let somebody act for you, for some roles. Both names stand on record with every vote.",
        "revoke": "End a delegation that you gave, or only asked for; it counts from the next vote on.",
        "delegations": "Who acts for whom, for what, until when; ended ones included.",
    },
    "cli.case.history": {
        "history": "Who did what, when, why, on which version of the content; refused attempts included.",
    },
    "cli.case.duty": {
        "duties": (
            "Who did what, by the numbers of the entries, "
            "and every breach of duty. Exit code 10: there is one."
        ),
    },
    "cli.case.notice": {
        "notices": (
            "The outbox and how delivery went; dead ones were refused for good by the recipient's server."
        ),
    },
    "cli.operations.engine": {
        "setup": "Bring schema, programmes, people and namespace up to date. Safe to repeat.",
        "up": "Run engine, database and worker until Ctrl-C. State stays in the home folder.",
        "env": 'Where the engine is, for the `temporal` command line: eval "$(accord env)".',
        "demo": "Carry the 23 ASEAN projects of the K-City Network through their lives.",
    },
    "cli.operations.health": {
        "health": ("Whether the worker lives and, with --ready, can do its work; exit code 10: it does not."),
    },
    "cli.operations.backup": {
        "backup": "Back this installation up into a new folder, while everything runs.",
        "restore": (
            "Make an installation from a backup, in a home folder that is empty or does not exist "
            "(ACCORD_HOME)."
        ),
    },
    "cli.operations.doctor": {
        "doctor": (
            "Look at everything that can be wrong with this installation: "
            "ok, warning or problem, and what to do."
        ),
    },
    "cli.operations.reconcile": {
        "reconcile": (
            "Hold engine, record and ledger against each other: each difference by name, with what to do."
        ),
    },
    "cli.people.whoami": {
        "whoami": ("Who you are here: name, organisation, roles of today; is that proved or self-declared?"),
    },
}

_KEYS: Commands = {
    "cli.people.keys": {
        "show": (
            "Every key that messages are or were signed with: the public halves; and what payloads are "
            "encrypted with: the digests."
        ),
        "rotate": "Make a new key to sign with, as a registrar. The old one is valid for a day.",
        "encrypt": (
            "Encrypt what the engine keeps with a new key from now on, as a registrar. "
            "The older ones go on reading."
        ),
        "withdraw": "Let nothing count any more that a key has signed, at once, as a registrar.",
    },
}

_TOKEN: Commands = {
    "cli.people.token": {
        "issue": (
            "A new access token: two registrars say the same. Whoever has it as ACCORD_TOKEN is signed in."
        ),
        "list": "Every token there ever was: whose, until when, by which entry. No token itself is kept.",
        "revoke": "End every token of somebody, as a registrar; or your own.",
    },
}

_PAYMENT: Commands = {
    "cli.payment.payment": {
        "list": "Every payment and how far it has come.",
        "request": "Ask for the payment of a tranche; the invoice is kept.",
        "approve": (
            "Approve a payment, as `accord decide` would: not for whoever asked for it, and one vote each."
        ),
        "hold": "Stop a payment before it is sent.",
        "release": "Let a payment go that somebody else holds.",
    },
}

_PROGRAMME: Commands = {
    "cli.case.programme": {
        "check": (
            "Read the file of a programme and say what would stop a case of it: "
            "a key, a role nobody holds, a duty that bars the last one left. Exit code 10: something would."
        ),
        "diff": "Every key that differs from one version of a programme to another.",
    },
}

_FUND: Commands = {
    "cli.money.fund": {
        "show": "Every fund, sub-fund and sleeve: its balances, how much of its cap is in use.",
        "ledger": "The journal: every transfer, and the entry on record that decided it (accord history).",
        "trial-balance": "Debits and credits of every account, and the balance that is stored.",
        "forecast": "What is still to be paid, soonest first.",
    },
    "cli.money.waitlist": {
        "waitlist": "Who waits for money, in the order in which they are served.",
    },
    "cli.money.proof": {
        "check": "Prove the books: add up all of the journal, hold transfers against what was decided.",
    },
    "cli.money.treasury": {
        "freeze": "Stop reservations and payments. One manager of the fund is enough.",
        "thaw": "Let a frozen fund go on; two managers must say so. Who waited for money is served.",
        "move": (
            "Call capital, note what came of it, claim money back, "
            "move it to another part of a whole; two managers must say the same."
        ),
        "exchange": "Sell money of one fund for another currency; two managers must say the same.",
    },
    "cli.money.amending": {
        "pending": "What the file of a fund says otherwise, and waits for two of its managers.",
        "confirm": "Say that such a difference shall be in force; the second manager puts it there.",
    },
    "cli.money.statement": {
        "reconcile": (
            "Hold a statement of the bank against the payments. Whatever does not agree freezes the fund."
        ),
    },
}

_COHORT: Commands = {
    "cli.training.cohort": {
        "plan": "Start a cohort from a plan. The same number twice starts one cohort.",
        "replan": "Answer a return with a revised plan.",
        "show": "Show the officials of a cohort: to each country its own, to the programme's staff all.",
        "rank": ("Rank the nominees: all with complete documents, once. The panel decides on the ranking."),
        "confirm": "Take the seat that an official was given.",
        "decline": "Decline the seat that an official was given; the next one gets it.",
        "visa": "Say what became of the visa of a participant.",
        "remote": "Let a participant who cannot travel take part remotely.",
        "order": (
            "Postpone a cohort, hold it remotely or as it is, merge or cancel it. It takes two people."
        ),
    },
    "cli.training.course": {
        "attend": "Hand in the attendance of one day: who was absent; everybody else was there.",
        "close-attendance": "Say that no more attendance is to come: certificates follow.",
        "mark": "Say that somebody did not come, or left the course.",
        "appeal": "Appeal for a certificate that the attendance did not earn; a panel decides.",
        "action-plan": "File the action plan of an official; the document is kept.",
        "check": "Say what became of an action plan, months after the course.",
        "revoke": "Take a certificate back; two coordinators say the same.",
        "costs": "Settle what the course has cost; two coordinators say the same, and the rest is released.",
    },
}

_TRAINING: Commands = {
    "cli.training.certificate": {
        "verify": (
            "Check a certificate: whether it was issued, whether it stands, and whether this file is it."
        ),
        "certificate": "Write a certificate to a file, as it was issued.",
    },
}

_DELEGATION: Commands = {
    "cli.people.delegation": {
        "confirm": (
            "Put a delegation of a role that moves money in force, as a registrar. "
            "It must not be by or for you."
        ),
        "pending": "The delegations of roles that move money that wait for a registrar.",
    },
}

_AGREEMENT: Commands = {
    "cli.agreement.replacement": {
        "replace": (
            "Let another one sign for a party: a coordinator asks, a second one confirms in the same words."
        ),
        "withdraw": (
            "Have a replacement wait no more, as who asked for it or a coordinator: the signatory stays."
        ),
    },
}

_PEOPLE: Commands = {
    "cli.people.directory": {
        "list": "Everybody in the directory, with the roles that they hold today; who has ended, too.",
        "pending": "The changes of the directory that wait for a second registrar.",
        "confirm": "Confirm a change that somebody else asked for, as a registrar. It must not be for you.",
        "withdraw": "Have a change wait no more, as a registrar.",
        "end": "End somebody at once, as a registrar: roles, tokens, delegations. Nothing is deleted.",
    },
}

_CALENDAR: Commands = {
    "cli.case.calendar": {
        "add": (
            "Declare a day, as a registrar; a second one confirms with the same words. Open deadlines move."
        ),
        "list": "The days that were declared, by country. Holidays by law are not listed.",
    },
}

_ADMIN: Commands = {
    "cli.operations.admin": {
        "reset": "Have a case go back to one of its tasks; the record stands. Two operators must say so.",
        "terminate": (
            "End a case at once, and give back what it holds, also where its workflow cannot. "
            "Two operators must say so."
        ),
        "cancel": "Ask a case to end, and to give back what it holds. Two operators must say so.",
        "pending": "What waits for a second operator; what two have said and nobody has finished.",
        "confirm": "Say the same as the operator who asked, and carry it out; or finish what was begun.",
        "reject": "Have an operation wait no more, as an operator.",
    },
}

_DEPLOY: Commands = {
    "cli.operations.deploy": {
        "check": (
            "Try the code that is installed here on this installation before it is rolled out; "
            "nothing is changed."
        ),
    },
}

_CHAOS: Commands = {
    "cli.operations.chaos": {
        "run": (
            "Let things happen to an installation of its own while people work, and say which promises held."
        ),
        "list": "The scenarios, and what happens in each.",
    },
}

_DB: Commands = {
    "cli.operations.schema": {
        "downgrade": (
            "Take the schema back to an earlier revision, after a backup, "
            "for the way back to an older version."
        ),
    },
}

GROUPS = {
    "deploy": Group("Before a new version is rolled out.", _DEPLOY),
    "chaos": Group("What holds when everything goes wrong, tried on an installation of its own.", _CHAOS),
    "db": Group("The schema of the database.", _DB),
    "admin": Group("Operators: the workflows of cases reset, terminated, cancelled, by two people.", _ADMIN),
    "keys": Group("The keys that prove to a case who sent a message.", _KEYS),
    "token": Group("Access tokens: who is signed in, proved and not only said.", _TOKEN),
    "calendar": Group("Working and non-working days that a government declares.", _CALENDAR),
    "agreement": Group("Who signs an agreement, where that changes while it is signed.", _AGREEMENT),
    "delegation": Group("Delegations of roles that move money: they take a registrar.", _DELEGATION),
    "people": Group("The directory: who may act, and which changes of it wait for a second person.", _PEOPLE),
    "cohort": Group("Training cohorts: planned, seated, held, followed up.", _COHORT),
    "training": Group("Certificates of training.", _TRAINING),
    "payment": Group("Payments: what is due, in whose hands it is, held and released.", _PAYMENT),
    "programme": Group("The rules by which cases run.", _PROGRAMME, alone_is_help=False),
    "fund": Group(
        "Funds: what each level of them has, how it came to that, and whether all of it adds up.", _FUND
    ),
}
