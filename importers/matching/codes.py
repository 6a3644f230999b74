"""The codes of an extract, each with the cost category that its own words speak of, or none."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from grants.domain.awards import BudgetLine, CostCategory
from grants.domain.matchings import CodeMeaning, Field, MatchedKind
from importers.cells import Cell, column_letters, shown
from importers.choices import kind_label, read_category
from importers.matching.apply import code_of
from importers.matching.shape import Extract
from importers.matching.signed import Amount
from importers.matching.suggestion import SuggestedCode, Sure
from importers.matching.words import CODE_NAMES, NAMES, purpose_of
from importers.totals import filled

_EXAMPLES: Final = 3
_LOOKED_AT: Final = 200
_MOST: Final = 0.6


def suggest_codes(
    extract: Extract,
    columns: Mapping[Field, str],
    lines: Sequence[int],
    amounts: Sequence[Amount] | None,
    budget: Sequence[BudgetLine] | None,
) -> list[SuggestedCode]:
    """Every code of the lines, the first to stand there first. `amounts` are signed; None where the signs are not known."""
    if Field.CODE not in columns:
        return []
    cells = extract.column(columns[Field.CODE])
    by_code: defaultdict[str, list[int]] = defaultdict(list)
    for line in lines:
        by_code[code_of(cells[line])].append(line)
    names = [
        extract.body[number - 1]
        for number, key in enumerate(extract.headings, start=1)
        if _says_code(key) and column_letters(number) not in columns.values()
    ]
    described = [extract.column(columns[Field.DESCRIPTION])] if Field.DESCRIPTION in columns else []
    found = []
    for code, own in by_code.items():
        meaning, sure, why = _meaning(code, _words(names, own), _words(described, own), budget)
        found.append(
            SuggestedCode(
                code=code,
                cell=f"{columns[Field.CODE]}{extract.row + 1 + own[0]}",
                lines=len(own),
                pence=_sum(amounts, own),
                examples=tuple(
                    text for text, _ in (_words(names, own) + _words(described, own)).most_common(_EXAMPLES)
                ),
                meaning=meaning,
                sure=sure,
                why=why,
            )
        )
    return found


def _says_code(key: str) -> bool:
    """Whether a column beside the codes may say what they are."""
    return key in CODE_NAMES or key in NAMES[Field.CODE]


def _sum(amounts: Sequence[Amount] | None, lines: Sequence[int]) -> int | None:
    if amounts is None:
        return None
    return sum(amount for line in lines if isinstance(amount := amounts[line], int))


def _words(columns: Sequence[Sequence[Cell]], lines: Sequence[int]) -> Counter[str]:
    return Counter(
        shown(column[line]).strip() for column in columns for line in lines[:_LOOKED_AT] if filled(column[line])
    )


def _meaning(
    code: str, names: Counter[str], described: Counter[str], budget: Sequence[BudgetLine] | None
) -> tuple[CodeMeaning | None, Sure, str]:
    own = read_category(code)
    if isinstance(own, CostCategory):
        return _with_kind(own, budget, Sure.SURE, "It is the cost category's own name.")
    for sure, words, what in (
        (Sure.LIKELY, names + Counter([code]), "name"),
        (Sure.UNSURE, described, "lines"),
    ):
        votes: Counter[CostCategory] = Counter()
        for text, count in words.items():
            if category := purpose_of(text):
                votes[category] += count
        if votes:
            category, count = votes.most_common(1)[0]
            if count >= _MOST * votes.total() and (what == "name" or count >= _MOST * words.total()):
                return _with_kind(
                    category, budget, sure, f"Its {what} {'speaks' if what == 'name' else 'speak'} of it."
                )
    return None, Sure.UNSURE, "Its words say nothing of what it is for."


def _with_kind(
    category: CostCategory, budget: Sequence[BudgetLine] | None, sure: Sure, why: str
) -> tuple[CodeMeaning | None, Sure, str]:
    """The category with the budget kind that the award has for it; none where the award has no budget for it."""
    if budget is None:
        kind = MatchedKind.CAPITAL if category is CostCategory.CAPITAL else MatchedKind.RESOURCE
        return CodeMeaning(category, kind), sure, why
    kinds = sorted({line.budget_kind for line in budget if line.category is category})
    if not kinds:
        return None, Sure.UNSURE, f"It looks like {category.label}, and the award has no budget for that."
    if len(kinds) > 1:
        return None, Sure.UNSURE, f"It looks like {category.label}, for which the award has more than one budget."
    everything = {line.budget_kind for line in budget}
    return CodeMeaning(category, MatchedKind(kind_label(kinds[0], everything).casefold())), sure, why
