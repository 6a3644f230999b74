"""The figures that a report's tables show: each cell of a column that names a measure, by what its row is about."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from grants.domain.figures import Scope, parse_scope
from grants.domain.measures import Measure, grounds_of, sum_of
from reports.book import Cell, Row, Table

Figure = tuple[Measure, str]
"""A measure and its scope, as an identifier says it without the place."""


@dataclass
class Shown:
    """Figures in the order in which they are shown, each once, in pence."""

    pence: dict[Figure, int] = field(default_factory=dict)
    _scopes: dict[str, Scope] = field(default_factory=dict)

    def add(self, table: Table, rows: Iterable[Row]) -> None:
        """Takes in the rows of a table. Raises ValueError where one figure is shown as two amounts."""
        for row in map(tuple, rows) if table.scope else ():
            for figure, pence in _of_row(table, row):
                if self.pence.setdefault(figure, pence) != pence:
                    raise ValueError(f"the figure {figure[0]}:{figure[1]} is shown as two amounts")

    def scope(self, text: str) -> Scope:
        """What a figure is of."""
        if text not in self._scopes:
            self._scopes[text] = parse_scope(text)
        return self._scopes[text]

    def grounds(self) -> frozenset[Measure]:
        """The measures whose own parts the figures come to."""
        kinds = {(measure, self.scope(scope).category is not None) for measure, scope in self.pence}
        # A figure that is made of others has those beside it among the sources.
        kinds |= {(part, of) for measure, of in kinds for part in sum_of(measure, of_category=of)}
        return frozenset().union(*(grounds_of(measure, of_category=of) for measure, of in kinds))


def _of_row(table: Table, row: tuple[Cell, ...]) -> Iterator[tuple[Figure, int]]:
    of_row = table.scope(row) if table.scope else None
    for column, value in zip(table.columns, row, strict=True):
        if column.figure is None or value is None:
            continue
        scope = column.scope(row) if column.scope else of_row
        if scope is not None:
            if type(value) is not int:
                raise ValueError(f"column {column.key}: a figure is whole pence")
            yield (Measure(column.figure), scope), value


def has_figures(tables: Iterable[Table]) -> bool:
    """Whether any of the tables shows figures."""
    return any(table.scope for table in tables)
