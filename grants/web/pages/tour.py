"""The tour through the example data: what to try in five minutes as each person, and where."""

from dataclasses import dataclass
from typing import Final

from grants.domain.access import Role


@dataclass(frozen=True)
class Step:
    """One thing to try: what the link says, where it leads, and what to look for there."""

    link: str
    address: str
    words: str


@dataclass(frozen=True)
class Tour:
    """Five minutes as one role: what they are there for, and the steps in order."""

    role: Role
    title: str
    purpose: str
    steps: tuple[Step, ...]


TOURS: Final = (
    Tour(
        Role.FINANCE_OFFICER,
        "Finance officer",
        "accounts for a recipient’s money, a quarter at a time",
        (
            Step("See what is due", "/returns", "which return, for which award, and until when"),
            Step(
                "Open the late return",
                "/returns?lateness=overdue",
                "download its template, fill it in and upload it – or upload any spreadsheet, to see how it is refused",
            ),
            Step(
                "Look at one that was accepted",
                "/returns?state=accepted",
                "its totals against the budget, its history, and what changed between versions",
            ),
            Step("See your award", "/awards", "its terms, its payments, and what is left to spend"),
        ),
    ),
    Tour(
        Role.CERTIFIER,
        "Certifier",
        "answers for a return before it is submitted: a section 151 officer, a chief finance officer, a treasurer",
        (
            Step(
                "See what is ready for you",
                "/returns?state=ready_to_certify",
                "the police force’s certifier has a return to certify or to decline with a reason",
            ),
            Step("See every return of your organisation", "/returns", "where each stands, and who has to act next"),
            Step(
                "Open one that was accepted",
                "/returns?state=accepted",
                "the certificate keeps your name, office and date with the exact file",
            ),
        ),
    ),
    Tour(
        Role.PROGRAMME_LEAD,
        "Programme lead",
        "allocates the money, makes awards and reviews what comes back",
        (
            Step(
                "See the plan at a glance",
                "/plan",
                "each line allocated, awarded, paid, spent and left, and what is late",
            ),
            Step(
                "Review a return",
                "/returns?state=in_review",
                "the quarter before stands beside it; accept it, or ask for changes",
            ),
            Step("See who is late", "/returns?lateness=overdue", "by how many days, for which award"),
            Step(
                "Propose a decision",
                "/decisions/new",
                "its effect is shown before anybody agrees; the approver answers it",
            ),
        ),
    ),
    Tour(
        Role.APPROVER,
        "Approver",
        "agrees to decisions that somebody else proposed, or declines them",
        (
            Step(
                "Open what waits for you",
                "/decisions?state=proposed",
                "a payment, a virement and a new award, each with the money before and after",
            ),
            Step("Approve one, and look at the plan", "/plan", "the figures have moved, and say by which entry"),
            Step("See what was decided before", "/decisions", "who proposed it, who agreed, when and why"),
        ),
    ),
    Tour(
        Role.AUDITOR,
        "Auditor",
        "follows any figure to the cell that it came from, and checks that nothing was changed afterwards",
        (
            Step("Open a report", "/reports", "by name and period; download it as a spreadsheet"),
            Step("Trace a figure", "/plan", "choose an amount: it leads to the returns, their files and their cells"),
            Step(
                "Check a file",
                "/verify",
                "upload a report that you downloaded, to see whether it is what the service made",
            ),
            Step("Search the journal", "/journal", "who did what, when, with the state before and after"),
        ),
    ),
    Tour(
        Role.ADMINISTRATOR,
        "Administrator",
        "lets people in and keeps the service well; sees no money",
        (
            Step("See who may do what", "/people", "roles, over what and since when; give one, or end one"),
            Step("Add somebody", "/people/new", "an example person, who is on the sign-in page at once"),
            Step("See what was sent", "/mail", "notices that were sent, wait, or could not be sent"),
            Step("See that the service is well", "/service", "the database, the journal, uploads, chores and limits"),
        ),
    ),
)
"""One for each role, in the order of the work."""
