"""The words that a return uses for cost categories, budget kinds, and yes and no; and what people type for them."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from grants.domain.awards import BudgetLine, CostCategory
from grants.domain.plan import BudgetKind, Rag
from importers.cells import Cell
from importers.columns import Fault

_SPACES: Final = re.compile(r"[\s\u00a0_]+")


class Side(NamedTuple):
    """Resource or capital as typed; `arm` is programme or admin where the person said so."""

    capital: bool
    arm: str = ""


def _key(cell: Cell) -> str:
    return _SPACES.sub(" ", cell).strip().casefold().replace("&", "and") if isinstance(cell, str) else ""


_CATEGORIES: Final = {
    key: category for category in CostCategory for key in (_key(category.label), _key(category.value))
}
_SIDES: Final = {
    f"{word}{arm}": Side(capital, arm.strip(", "))
    for capital, words in (
        (False, ("resource", "rdel", "resource (rdel)", "revenue")),
        (True, ("capital", "cdel", "capital (cdel)")),
    )
    for word in words
    for arm in ("", ", programme", ", admin", " programme", " admin")
}
_RAGS: Final = {key: rag for rag in Rag for key in (rag.value, rag.value[0])}
_YES_NO: Final = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}


def read_category(cell: Cell) -> CostCategory | Fault:
    """A cost category by its label or its code, whatever the case."""
    return _CATEGORIES.get(_key(cell)) or Fault("not_a_category")


def read_side(cell: Cell) -> Side | Fault:
    """Resource or capital."""
    return _SIDES.get(_key(cell)) or Fault("not_a_kind")


def read_yes_no(cell: Cell) -> bool | Fault:
    """Yes or no, or a spreadsheet's TRUE or FALSE."""
    if isinstance(cell, bool):
        return cell
    answer = _YES_NO.get(_key(cell))
    return Fault("not_yes_or_no") if answer is None else answer


def read_rag(cell: Cell) -> Rag | Fault:
    """A rating by its word or its first letter."""
    return _RAGS.get(_key(cell)) or Fault("not_a_rag")


def kind_label(kind: BudgetKind, kinds: Iterable[BudgetKind]) -> str:
    """What a return calls a budget kind: Resource; or "Resource, admin" where an award has both arms."""
    side = "Capital" if kind.capital else "Resource"
    arms = {other for other in kinds if other.capital == kind.capital}
    return side if len(arms) < 2 else f"{side}, {kind.value.split('_')[1]}"


def budget_kind(category: CostCategory, side: Side, budget: Sequence[BudgetLine] | None) -> BudgetKind | Fault | None:
    """The award's budget kind that a line means. Without a budget it is taken to be programme.

    None where the award has no budget for the category at all: that is the category's fault.
    """
    if budget is None:
        return plain_kind(side)
    kinds = {line.budget_kind for line in budget if line.category is category}
    if not kinds:
        return None
    fitting = [kind for kind in kinds if kind.capital == side.capital and kind.value.endswith(side.arm)]
    if len(fitting) > 1:
        return Fault("kind_unclear")
    return fitting[0] if fitting else Fault("kind_not_on_award")


def plain_kind(side: Side) -> BudgetKind:
    """The budget kind of a side by itself: programme, unless it says admin."""
    return BudgetKind(f"{'cdel' if side.capital else 'rdel'}_{side.arm or 'programme'}")
