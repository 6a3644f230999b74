"""Limits on requests: no person has more than theirs, however many replicas they ask at once; no flood of bad tokens reaches the database."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.exceptions import TooManyRequestsException
from litestar.testing import AsyncTestClient

from grants.store.transaction import Gate
from grants.web.limits import BAD_TOKENS, BLOCK_MAX, WINDOW, BadTokens, block_for, window_of
from tests.database import Database
from tests.grants.web.browsing import joined
from tests.service import ADDRESS, Clock, Service, application, running, settings_for

LIMIT = 40
NOON = datetime(2025, 11, 3, 12, tzinfo=UTC)


@pytest.fixture
async def limited(fresh_database: Database, clock: Clock, tmp_path: Path) -> AsyncIterator[Service]:
    """The service with a small budget of requests for each person."""
    async with running(fresh_database, clock, tmp_path, requests_a_minute=LIMIT) as ready:
        yield ready


async def test_no_person_has_more_than_their_budget_over_all_replicas(
    limited: Service, fresh_database: Database, clock: Clock, tmp_path: Path
) -> None:
    """Three replicas, asked by one person at once for far more than their budget, twice; another person is not held up."""
    async with AsyncExitStack() as stack:
        settings = settings_for(fresh_database, tmp_path, requests_a_minute=LIMIT)
        apps = [stack.enter_context(application(settings, clock)) for _ in "12"]
        clients = [await stack.enter_async_context(AsyncTestClient(app, base_url=ADDRESS)) for app in apps]
        headers = {"Authorization": f"Bearer {limited.tokens['lead']}"}
        for _ in range(2):
            answers = await asyncio.gather(
                *(
                    client.get("/api/v1/me", headers=headers)
                    for client in (limited.client, *clients)
                    for _ in range(LIMIT)
                )
            )
            counted = Counter(answer.status_code for answer in answers)
            assert set(counted) == {200, 429}
            assert LIMIT - 2 * BLOCK_MAX < counted[200] <= LIMIT
            again = [(await client.get("/api/v1/me", headers=headers)).status_code for client in clients for _ in "123"]
            assert counted[200] + again.count(200) <= LIMIT
            await limited.get("auditor", "/me")
            clock.forward(minutes=1)


async def test_one_replica_gives_the_whole_budget_and_says_when_to_come_again(limited: Service, clock: Clock) -> None:
    clock.now = clock.now.replace(second=42)
    statuses = [(await limited.ask("officer", "GET", "/me")).status_code for _ in range(LIMIT + 3)]
    assert statuses == [200] * LIMIT + [429] * 3
    refused = await limited.ask("officer", "GET", "/me")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "too_many_requests"
    assert refused.headers["retry-after"] == "18"
    assert refused.headers["ratelimit-policy"] == f'"default";q={LIMIT};w=60'
    assert refused.headers["ratelimit"] == '"default";r=0;t=18'
    clock.forward(seconds=18)
    await limited.get("officer", "/me")


async def test_a_refused_request_does_nothing(limited: Service) -> None:
    for _ in range(LIMIT):
        await limited.get("lead", "/me")
    body = {"from_line": "LOCAL-INQUIRIES", "to_line": "INVESTIGATIONS", "year": "2025-26", "pence": 5, "reason": "r"}
    await limited.post("lead", "/virements", body, 429)
    assert (await limited.get("auditor", "/decisions?state=proposed"))["items"] == []


async def test_forms_that_are_kept_for_who_was_signed_out_count_as_theirs(limited: Service) -> None:
    browser = await joined(limited, "officer")
    await browser.sign_in("officer")
    await browser.get("/account")
    token = browser.token()
    limited.clock.forward(minutes=31)
    found = []
    for _ in range(LIMIT + 2):
        await browser.post("/kept-form/drop", token=token, status=None)
        assert browser.page is not None
        found.append(browser.page.status_code)
    assert found == [303] * LIMIT + [429] * 2


async def test_budgets_of_long_ago_are_removed(limited: Service, fresh_database: Database, clock: Clock) -> None:
    for _ in range(20):
        await limited.get("lead", "/me")
        clock.forward(minutes=1)
    connection = await asyncpg.connect(fresh_database.admin_dsn)
    kept = await connection.fetchval("SELECT count(*) FROM request_budget")
    await connection.close()
    assert 1 <= kept <= 11


async def test_without_a_limit_nobody_is_counted(service: Service, fresh_database: Database) -> None:
    for _ in range(LIMIT):
        await service.get("lead", "/me")
    connection = await asyncpg.connect(fresh_database.admin_dsn)
    assert await connection.fetchval("SELECT count(*) FROM request_budget") == 0
    await connection.close()


async def test_a_flood_of_bad_tokens_stops_before_the_database_and_holds_up_nobody_who_was_there(
    limited: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await limited.get("lead", "/me")
    flood = [
        await limited.client.get("/api/v1/me", headers={"Authorization": f"Bearer tally_{number}"})
        for number in range(BAD_TOKENS + 5)
    ]
    assert [answer.status_code for answer in flood] == [401] * BAD_TOKENS + [429] * 5
    assert re.fullmatch(r"\d+", flood[-1].headers["retry-after"])
    asked = 0
    glance = Gate.glance

    def counting(gate: Gate) -> object:
        nonlocal asked
        asked += 1
        return glance(gate)

    monkeypatch.setattr(Gate, "glance", counting)
    await limited.client.get("/api/v1/me", headers={"Authorization": "Bearer tally_more"})
    assert asked == 0
    await limited.get("lead", "/me")
    await limited.get("auditor", "/me", 429)
    limited.clock.forward(minutes=1)
    await limited.get("auditor", "/me")


async def test_a_token_that_was_good_is_looked_at_each_time_all_the_same(limited: Service) -> None:
    mine = (await limited.get("lead", "/tokens"))["items"][0]
    await limited.post("lead", f"/tokens/{mine['id']}/revoke", {}, 200)
    await limited.get("lead", "/me", 401)


@given(st.lists(st.tuples(st.integers(0, 300), st.booleans()), max_size=200), st.integers(1, 5))
def test_the_memory_of_bad_tokens_is_bounded_and_counts_right(tries: list[tuple[int, bool]], limit: int) -> None:
    """Within one window, and as long as nothing is forgotten, a place is refused after exactly its limit of bad tokens."""
    seen, small = BadTokens(limit, places=1_000), BadTokens(limit, places=7)
    bad: Counter[str] = Counter()
    for number, good in tries:
        place, token = f"place {number % 4}", number.to_bytes(2, "big")
        if good:
            seen.was_good(token)
            seen.check(place, token, NOON)
        elif bad[place] >= limit:
            seen.was_good(b"another")
            with pytest.raises(TooManyRequestsException):
                seen.check(place, b"never seen", NOON)
        else:
            seen.was_bad(place, token, NOON)
            bad[place] += 1
        small.was_bad(f"place {number}", token, NOON)
        small.was_good(token)
    assert len(small._bad) <= 7
    assert len(small._good) <= 7
    for place in bad:
        seen.check(place, b"never seen", NOON + WINDOW)


@given(st.integers(0, 2**32).map(lambda ms: NOON + timedelta(milliseconds=ms - 2**31)))
def test_a_window_holds_its_moments(now: datetime) -> None:
    start = window_of(now)
    assert start <= now < start + WINDOW
    assert (start.second, start.microsecond) == (0, 0)
    assert window_of(start) == start
    assert window_of(start - timedelta(microseconds=1)) == start - WINDOW


@given(st.integers(1, 10_000), st.integers(0, 10_000))
def test_blocks_shrink_as_the_budget_runs_out(limit: int, left: int) -> None:
    block = block_for(limit, left)
    assert 1 <= block <= min(BLOCK_MAX, limit)
    assert block <= max(1, left // 8)
