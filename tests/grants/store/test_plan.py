"""Queries of the plan: which forecast is in force when, and that figures ask nothing of spend lines."""

import asyncio

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.actions.people import OPERATOR
from grants.actions.plan_view import plan_json, plan_view
from grants.domain.plan import BudgetKind
from grants.domain.plan_figures import ForecastInForce
from grants.store.plan import forecasts_in_force
from grants.store.transaction import Db
from tests.database import Database, DatabaseServer
from tests.grants.actions import cast
from tests.grants.actions.stage import Stage

_KIND = BudgetKind.RDEL_PROGRAMME


async def test_figures_are_made_without_a_look_at_spend_lines(fresh_database: Database) -> None:
    async with cast.opened(fresh_database) as gate:
        await cast.load(gate)
        stage = await Stage.set_up(gate)
        await stage.round("ACTION-PLAN", "2025-26-Q1")
        await stage.award("LI-OLDHAM-01", "LOCAL-INQUIRIES")
        await stage.accepted("LI-OLDHAM-01", "2025-26-Q1", 5_00, {"2025-26-Q2": 1_00})
        owner = await asyncpg.connect(fresh_database.owner_dsn)
        await owner.execute(
            "REVOKE SELECT ON spend_line, return_version, workbook, spend_return FROM tallystick_service"
        )
        await owner.close()
        async with gate.reading(OPERATOR) as view:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with view.db.transaction():
                    await view.db.fetch("SELECT 1 FROM spend_line")
            for entry_no in (None, 3, 8):
                assert (await plan_view(view, entry_no)).programmes
        assert b'"spent_pence":500,"forecast_pence":600' in await plan_json(gate, OPERATOR)


FORECASTS = st.lists(
    st.tuples(
        st.sampled_from(["A1", "A2"]),
        st.sampled_from(["2025-26-Q1", "2025-26-Q2"]),
        st.none() | st.integers(0, 99),
        st.integers(1, 6),
    ),
    max_size=12,
).map(lambda rows: sorted(rows, key=lambda row: row[3]))


async def put(db: Db, rows: list[tuple[str, str, int | None, int]]) -> None:
    """Forecast rows alone: the tables that they refer to are none of this test's business."""
    await db.execute("CREATE TEMP TABLE IF NOT EXISTS forecast (LIKE public.forecast INCLUDING IDENTITY)")
    await db.execute("TRUNCATE pg_temp.forecast")
    await db.executemany(
        "INSERT INTO pg_temp.forecast (award, year, budget_kind, return_version, period, rest_pence, journal_no) "
        "VALUES ($1, '2025-26', 'rdel_programme', 1, $2, $3, $4)",
        rows,
    )


def test_the_newest_forecast_of_each_period_counts_unless_it_was_taken_back(database_server: DatabaseServer) -> None:
    with database_server.fresh() as database, asyncio.Runner() as runner:
        db = runner.run(asyncpg.connect(database.owner_dsn))

        @settings(max_examples=40)
        @given(FORECASTS, st.integers(0, 7))
        def holds(rows: list[tuple[str, str, int | None, int]], journal_no: int) -> None:
            runner.run(put(db, rows))
            newest: dict[tuple[str, str], int | None] = {}
            for award, period, rest, at in rows:
                if at <= journal_no:
                    newest[award, period] = rest
            expected = [
                ForecastInForce(award, "2025-26", _KIND, period, rest)
                for (award, period), rest in newest.items()
                if rest is not None
            ]
            found = runner.run(forecasts_in_force(db, journal_no))
            assert sorted(found, key=repr) == sorted(expected, key=repr)

        holds()
        runner.run(db.close())
