"""What the doors say when something is wrong that is nobody's fault."""

import asyncpg
import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests.service import Service


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.CrashShutdownError("x"),
        asyncpg.AdminShutdownError("x"),
        asyncpg.TooManyConnectionsError("x"),
        asyncpg.DiskFullError("x"),
        asyncpg.ConnectionDoesNotExistError("x"),
        ConnectionRefusedError(),
        TimeoutError(),
        PoolTimeout(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_database_that_is_away_is_no_fault_and_nothing_is_promised(
    service: Service, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def away(*_: object) -> None:
        raise error

    monkeypatch.setattr("grants.actions.decisions.scopes_of", away)
    body = {"from_line": "LOCAL-INQUIRIES", "to_line": "CAID", "year": "2025-26", "pence": 1, "reason": "r"}
    answer = await service.ask("lead", "POST", "/virements", json=body)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "database_away", "5")
    # The connection may have broken while it committed.
    assert "Nothing was changed" not in answer.text
