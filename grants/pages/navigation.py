"""Where one can go from every page: the parts of the service that a person's roles let them see."""

from dataclasses import dataclass
from typing import Final

from grants.domain.access import Actor, Deed, narrowed_to, roles_for


@dataclass(frozen=True)
class Part:
    """One part of the service: its name, its first page, the deed of seeing it, and where else its pages are.

    `whole`: for those alone who may do the deed over all programmes.
    """

    name: str
    path: str
    deed: Deed
    others: tuple[str, ...] = ()
    whole: bool = False

    def is_for(self, actor: Actor) -> bool:
        """Whether somebody may see it."""
        if self.whole:
            return narrowed_to(actor, self.deed)[0] is None
        return bool(roles_for(actor, self.deed))

    def has(self, path: str) -> bool:
        """Whether a page belongs to this part."""
        return any(path == each or path.startswith(f"{each}/") for each in (self.path, *self.others))


PARTS: Final = (
    Part("Plan", "/plan", Deed.SEE_PLAN, ("/funding-lines", "/milestones")),
    Part("Awards", "/awards", Deed.SEE_AWARD, ("/recipients",)),
    Part("Returns", "/returns", Deed.SEE_RETURN, ("/rounds", "/matchings")),
    Part("Decisions", "/decisions", Deed.SEE_DECISIONS, ("/register-loads",)),
    Part("Reports", "/reports", Deed.SEE_REPORTS, ("/report-schedules", "/figures", "/samples", "/verify")),
    Part("Journal", "/journal", Deed.SEE_JOURNAL, whole=True),
    Part("People", "/people", Deed.SEE_PEOPLE),
    Part("Mail", "/mail", Deed.SEE_PEOPLE),
    Part("Service", "/service", Deed.SEE_PEOPLE),
    Part("Search", "/search", Deed.SEE_AWARD),
)
WITHIN: Final = (
    Part("Milestones", "/milestones", Deed.SEE_PLAN),
    Part("Collection rounds", "/rounds", Deed.SEE_PLAN),
    Part("Registers of awards and payment files", "/register-loads", Deed.SEE_DECISIONS),
    Part("Report schedules", "/report-schedules", Deed.SEE_REPORTS),
    Part("Audit samples", "/samples", Deed.SEE_REPORTS),
    Part("Verify a report or checkpoint", "/verify", Deed.SEE_REPORTS),
)
"""What stands inside a part: the part's own page leads there, and so does the first page."""


def within(actor: Actor) -> list[Part]:
    """What somebody may see that the navigation does not name."""
    return [part for part in WITHIN if roles_for(actor, part.deed)]


def navigation(actor: Actor | None, path: str) -> list[dict[str, object]]:
    """The parts that somebody may see, as the service navigation takes them; the one that they are in is marked."""
    if actor is None:
        return []
    return [{"text": part.name, "href": part.path, "active": part.has(path)} for part in PARTS if part.is_for(actor)]
