"""The names of what decisions are about: titles of programmes, funding lines and milestones, and who gets an award's money."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from grants.domain.access import Deed, narrowed_to
from grants.domain.decisions import DecisionKind, DecisionTerms, MakeAward
from grants.domain.errors import NotFound
from grants.store import awards, plan, recipients
from grants.store.recipients import RecipientRow
from grants.store.transaction import View

_K = DecisionKind
OF_LINES = frozenset({_K.ALLOCATE, _K.REDUCE, _K.VIRE, _K.CARRY_FORWARD, _K.ADD_LINE, _K.AMEND_LINE})
OF_AWARDS = frozenset({_K.AWARD, _K.VARY, _K.WITHDRAW, _K.PAY, _K.RECOVER, _K.REVIEW})


@dataclass(frozen=True)
class Names:
    """Titles by code, of what the actor may see. `recipient` is whose award it is; None where it is about none, or not to be seen."""

    lines: Mapping[str, str] = field(default_factory=dict)
    programmes: Mapping[str, str] = field(default_factory=dict)
    milestones: Mapping[str, str] = field(default_factory=dict)
    recipient: RecipientRow | None = None

    def title(self, part: str, code: str) -> str | None:
        """The title of what a part of a decision's terms names by code; None where it has none."""
        titles = {
            **dict.fromkeys(("funding_line", "from_line", "to_line"), self.lines),
            "programme": self.programmes,
            "milestone": self.milestones,
        }
        return titles[part].get(code) if part in titles else None

    def subject(self, kind: DecisionKind, code: str) -> str:
        """What a decision is about, as people name it."""
        parts = {_K.OPEN_PLAN: "programme", _K.AMEND_MILESTONE: "milestone", **dict.fromkeys(OF_LINES, "funding_line")}
        return self.title(parts.get(kind, ""), code) or code


async def names_for(view: View, terms: DecisionTerms) -> Names:
    """The names of what a decision speaks of."""
    visible, _ = narrowed_to(view.actor, Deed.SEE_PLAN)
    return Names(
        {line.code: line.title for line in await plan.funding_lines(view.db, visible)},
        {each.code: each.title for each in await plan.programmes(view.db, visible)},
        {each.code: each.title for each in await plan.milestones(view.db, visible)},
        await _recipient(view, terms),
    )


async def _recipient(view: View, terms: DecisionTerms) -> RecipientRow | None:
    try:
        if isinstance(terms, MakeAward):
            return await recipients.find(view.db, terms.recipient_id)
        reference = getattr(terms, "award", None)
        return (
            await recipients.find(view.db, (await awards.find(view.db, reference)).recipient_id) if reference else None
        )
    except NotFound:
        return None
