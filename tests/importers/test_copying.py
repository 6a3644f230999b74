"""Lines as PostgreSQL takes them: whatever a recipient typed comes back from the database as it was."""

from typing import Any

import asyncpg
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.domain.awards import CostCategory
from importers.answer import LINE_COLUMNS, CheckRequest
from importers.checking import read_return
from importers.columns import Read
from importers.copying import copy_text
from importers.layouts import CURRENT
from importers.limits import Limits
from tests.database import Database
from tests.importers.making import AWARD, Typed, checked, filled

TYPES = {
    "row": "int",
    "net_pence": "bigint",
    "vat_pence": "bigint",
    "fingerprint": "bigint",
    "accrual": "boolean",
    "spent_on": "date",
}
NASTY = [
    "\\",
    "\\N",
    "\\.",
    "a\\tb",
    "back\\\\slash",
    "tab\tinside",
    "line\nbreak",
    "line\r\nbreak",
    "'; DROP TABLE",
    "🧾 naïve",
    "|",
]


async def copied(dsn: str, content: bytes) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(dsn)
    try:
        columns = ", ".join(f'"{name}" {TYPES.get(name, "text")} NOT NULL' for name in LINE_COLUMNS)
        await connection.execute(f"CREATE TEMPORARY TABLE lines ({columns})")
        await connection.copy_to_table("lines", source=_once(content), columns=LINE_COLUMNS)
        return [dict(record) for record in await connection.fetch("SELECT * FROM lines ORDER BY row")]
    finally:
        await connection.close()


async def _once(content: bytes) -> Any:
    yield content


async def test_nasty_texts_arrive_as_typed(fresh_database: Database) -> None:
    lines = [Typed(reference=f"R{at}", description=text, payee=f"x{text}x", net=-5.05) for at, text in enumerate(NASTY)]
    answer = checked(filled(AWARD, [Typed(reference="large", net=1000, vat=0.01, accrual="y"), *lines]))
    first, *rest = await copied(fresh_database.service_dsn, answer.lines_copy)
    assert first["net_pence"] == 100_000
    assert first["vat_pence"] == 1
    assert first["accrual"] is True
    assert first["category"] == CostCategory.STAFF_PAY
    assert [row["description"] for row in rest] == [shown(text) for text in NASTY]
    assert [row["payee"] for row in rest] == [f"x{shown(text)}x" for text in NASTY]
    assert [(row["sheet"], row["cell"], row["net_pence"]) for row in rest] == [
        ("Spend", f"G{at + 7}", -505) for at in range(len(NASTY))
    ]


def shown(text: str) -> str:
    """Control characters are spaces in what is kept."""
    return text.replace("\r\n", " ").replace("\n", " ").replace("\t", " ")


@settings(max_examples=15)
@given(
    texts=st.lists(
        st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), min_size=1, max_size=20
    )
)
async def test_any_text_at_all(fresh_database: Database, texts: list[str]) -> None:
    facts = read_return(
        CheckRequest(filled(AWARD, [Typed(reference=f"R{at}") for at in range(len(texts))]), None, AWARD), Limits()
    )
    column = CURRENT.spend[2]
    facts.spend.description = Read(column, "C", texts, list(texts), everything="|".join(texts))
    rows = await copied(fresh_database.service_dsn, copy_text(facts))
    assert [row["description"] for row in rows] == texts
