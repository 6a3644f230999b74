"""Errors in a browser: what happened and what to do, in words; the same headers as anywhere; and programs get what programs read."""

from typing import Any

from tests.grants.web.browsing import Browser, at_work
from tests.service import ADDRESS, Service

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROBLEM = "application/problem+json"


def _helps(answer: Any, status: int) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    text = answer.text
    assert answer.headers["x-request-id"] in text
    assert "What you can do" in text
    assert text.count("<h1") == 1
    assert "Allow" not in text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert answer.headers["cache-control"] == "no-store"


async def test_an_unknown_address_is_a_page_for_browsers_and_a_problem_for_programs(service: Service) -> None:
    for path in ("/nowhere", "/sign-in/nowhere/at/all", "/%FF"):
        _helps(await service.client.get(path, headers=HTML), 404)
    for path, accepted in (("/nowhere", "*/*"), ("/nowhere", "application/json"), ("/api/v1/nowhere", HTML["Accept"])):
        answer = await service.client.get(path, headers={"Accept": accepted})
        assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM), path


async def test_a_method_that_a_page_does_not_take_is_told_in_words(service: Service) -> None:
    answer = await service.client.request("DELETE", "/sign-in", headers=HTML)
    _helps(answer, 405)
    assert "POST" in answer.headers["allow"]


async def test_a_foreign_host_gets_a_page_that_brings_nothing_with_it(service: Service) -> None:
    answer = await service.client.get("/", headers={"Host": "evil.example", **HTML})
    _helps(answer, 400)
    for word in ("evil", "href=", "src=", ADDRESS):
        assert word not in answer.text
    program = await service.client.get("/", headers={"Host": "evil.example"})
    assert program.headers["content-type"] == PROBLEM
    assert program.json()["request_id"] == program.headers["x-request-id"]


async def test_who_is_signed_in_keeps_the_parts_of_the_service_beside_an_error(service: Service) -> None:
    lead, _, _ = await at_work(service, "lead")
    nobody = "11111111-1111-4111-8111-111111111111"
    page = await lead.get(f"/decisions/{nobody}", 404)
    assert 'href="/search">Search for' in page
    assert 'href="/plan"' in page
    assert nobody not in page
    page = await lead.get("/people", 403)
    assert "Your role does not let you" in page


async def test_too_much_and_too_many_are_told_in_words(service: Service, reached: Any) -> None:
    browser = Browser(service.client)
    await browser.get("/sign-in")
    page = await browser.post("/sign-in", {"email": "x" * 200_000}, 413)
    assert "What you sent is too large" in page
    async with reached("127.0.0.1", requests_a_minute=2) as client:
        lead, _, _ = await at_work(service, "lead")
        limited = Browser(client, dict(lead.cookies))
        answers = [await limited.send("GET", "/account") for _ in range(4)]
        refused = answers[-1]
        _helps(refused, 429)
        assert int(refused.headers["retry-after"]) > 0
        assert "Too many requests" in refused.text


async def test_where_somebody_was_going_is_kept_with_its_query(service: Service) -> None:
    answer = await service.client.get("/returns?state=due&page=2", headers=HTML, follow_redirects=False)
    assert answer.headers["location"] == "/sign-in?next=/returns%3Fstate%3Ddue%26page%3D2"
    page = (await service.client.get(answer.headers["location"])).text
    assert 'name="next" value="/returns?state=due&amp;page=2"' in page
