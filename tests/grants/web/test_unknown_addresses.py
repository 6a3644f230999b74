"""Addresses and methods that there are none of, and HEAD and OPTIONS: answered, counted and logged like all others."""

import re
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.grants.web.browsing import Browser, joined
from tests.service import Service

PROBLEM = "application/problem+json"
NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nowhere", 404),
        ("GET", "/wp-login.php", 404),
        ("GET", "/api/v1/decisions/not-a-uuid", 404),
        ("POST", "/api/v1/entries/one/reversal", 404),
        ("GET", "/api/v1/awards/a%2Fb", 404),
        ("GET", "/api/v1/awards/%2e%2e/journal", 404),
        ("GET", "/api/v1/awards/%FF%FE", 404),
        ("GET", "/api/v1/awards/%00", 400),
        ("DELETE", "/api/v1/plan", 405),
        ("PUT", f"/api/v1/decisions/{NOBODY}", 405),
        ("TRACE", "/api/v1/plan", 405),
        ("JANE-DOE", "/api/v1/plan", 405),
    ],
)
async def test_what_is_not_there_is_told_logged_and_counted_like_anything_else(
    service: Service, method: str, path: str, status: int
) -> None:
    with capture_logs() as logged:
        answer = await service.ask("lead", method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    told = answer.json()
    assert told["request_id"] == answer.headers["x-request-id"]
    [line] = [event for event in logged if event["event"] == "request"]
    assert (line["status"], line["request_id"]) == (status, told["request_id"])
    assert "JANE" not in str(logged)
    assert path not in str(logged)
    counted = (await service.ask(None, "GET", "/metrics")).text
    assert re.search(rf'tallystick_requests_total{{.*status="{status}"}} 1\.0', counted)
    assert "JANE" not in counted


async def test_whoever_is_signed_in_stays_so_where_nothing_is(service: Service) -> None:
    """Their name, their parts of the service, and the way out; a stranger is told no more than that there is nothing."""
    officer = await joined(service, "officer")
    await officer.sign_in("officer")
    stranger = Browser(service.client, headers={"Accept": "text/html"})
    officer.headers["Accept"] = "text/html"
    refused = [("/nowhere", 404), ("/returns/not-one", 404), ("/sign-out", 405), ("/people", 403)]
    for path, status in refused:
        page = await officer.get(path, status)
        for words in ('href="/returns"', 'href="/account"', "Sign out"):
            assert words in page, path
    for path, status in refused[:3]:
        page = await stranger.get(path, status)
        assert 'href="/account"' not in page
        assert 'href="/returns"' not in page
    assert stranger.page is not None
    assert "POST" in stranger.page.headers["allow"]


async def test_a_method_that_is_not_taken_says_which_are(service: Service) -> None:
    answer = await service.ask(None, "DELETE", "/plan")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    answer = await service.ask(None, "GET", "/virements")
    assert set(answer.headers["allow"].split(", ")) == {"POST", "OPTIONS"}


async def test_a_head_is_a_get_without_its_body(service: Service) -> None:
    for who, path, status in (
        ("lead", "/api/v1/plan", 200),
        (None, "/health/live", 200),
        (None, "/api/v1/plan", 401),
        ("administrator", "/api/v1/plan", 403),
        ("lead", "/api/v1/awards/LI-NOBODY-01", 404),
        (None, "/api/v1/nowhere", 404),
        (None, "/api/v1/virements", 405),
    ):
        got, head = [await service.ask(who, method, path) for method in ("GET", "HEAD")]
        assert (head.status_code, head.content) == (status, b""), path
        assert head.status_code == got.status_code
        assert _facts(head) == _facts(got), path


def _facts(answer: Any) -> dict[str, str]:
    """The headers, but for what is of the one request alone."""
    return {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "date")}


async def test_options_speak_of_the_address_and_never_of_what_is_behind_it(service: Service) -> None:
    await service.award()
    answers = [
        await service.ask(who, "OPTIONS", f"/awards/{award}")
        for who in (None, "lead", "foreign_officer")
        for award in ("LI-OLDHAM-01", "LI-NOBODY-01")
    ]
    assert {(answer.status_code, answer.headers["allow"], answer.content) for answer in answers} == {
        (204, "GET, HEAD, OPTIONS", b"")
    }


async def test_a_trailing_or_a_doubled_slash_is_the_same_door_with_the_same_guard(service: Service) -> None:
    await service.award()
    for path in ("/api/v1/awards/LI-OLDHAM-01/", "/api/v1//awards/LI-OLDHAM-01"):
        assert (await service.client.get(path)).status_code == 401, path
        for who, status in (("officer", 200), ("foreign_officer", 404), ("administrator", 403)):
            assert (await service.ask(who, "GET", path)).status_code == status, (who, path)


async def test_a_fault_is_logged_by_its_route_and_not_by_what_was_typed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("Jane Doe")

    monkeypatch.setattr("grants.actions.awards.award_view", broken)
    with capture_logs() as logged:
        answer = await service.ask("lead", "GET", "/awards/JANE-DOE")
    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert [event["route"] for event in logged if event["event"] == "fault"] == ["/api/v1/awards/{reference}"]
    assert "jane" not in str(logged).lower()
