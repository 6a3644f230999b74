"""What browsers are told and what other sites cannot do: headers on every answer, cookies' flags, forms of our own pages only, hosts."""

from typing import Any

import httpx
import pytest

from tests.grants.web.browsing import PASSWORD, Browser, joined
from tests.service import ADDRESS, Service

SECURE = "https://grants.example.org"


ANSWERS = [
    ("GET", "/", 200),
    ("GET", "/sign-in", 200),
    ("GET", "/assets/site-000000000000.css", 200),
    ("GET", "/account", 303),
    ("GET", "/nothing-here", 404),
    ("POST", "/sign-in", 403),
    ("DELETE", "/sign-in", 405),
    ("GET", "/invitation/unknown", 403),
    ("GET", "/api/v1/plan", 401),
    ("GET", "/api/v1/openapi.json", 200),
    ("GET", "/api/v1/nothing-here", 404),
    ("GET", "/health/live", 200),
    ("GET", "/metrics", 200),
]


async def test_every_answer_tells_browsers_what_to_refuse(reached: Any) -> None:
    async with reached("192.0.2.7", base_url=SECURE) as client:
        for method, path, status in ANSWERS:
            answer = await client.request(method, path)
            assert answer.status_code == status, answer.text
            _tells_what_to_refuse(answer, path)


def _tells_what_to_refuse(answer: httpx.Response, path: str) -> None:
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    for part in ("frame-ancestors 'none'", "base-uri 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy or "script-src 'self';" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] in ("no-referrer", "same-origin")
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert path == "/api/v1/openapi.json" or answer.headers["cache-control"] == "no-store"


async def test_no_page_holds_a_script_or_a_style_of_its_own(service: Service) -> None:
    browser = await joined(service, "officer")
    await browser.sign_in("officer")
    pages = [await browser.get(path) for path in ("/", "/account", "/second-factor/set-up")]
    pages.append(await Browser(service.client).get("/sign-in"))
    for page in pages:
        assert all(
            script.startswith((' src="/assets/', ' type="module" src="/assets/'))
            for script in page.split("<script")[1:]
        )
        assert page.count("<script") == page.count("></script>") == 2
        assert " style=" not in page
        assert "<style" not in page
        assert " onclick" not in page
        assert '<html lang="en-GB"' in page
        assert page.count("<h1") == 1


async def test_plain_http_on_loopback_promises_no_https(service: Service) -> None:
    answer = await service.client.get("/")
    assert "strict-transport-security" not in answer.headers


async def test_cookies_are_for_this_host_alone_and_out_of_scripts_reach(service: Service, reached: Any) -> None:
    async with reached("192.0.2.7", base_url=SECURE) as secure:
        await joined(service, "officer")
        browser = Browser(secure)
        await browser.get("/sign-in")
        fields = {"email": "officer@example.org", "password": PASSWORD}
        await browser.post("/sign-in", fields, headers={"Origin": SECURE})
        assert browser.page is not None
        lines = browser.page.headers.get_list("set-cookie")
        assert len(lines) == 1
        assert set(browser.cookies) == {"__Host-tallystick", "__Host-tallystick-form"}
        flags = {part.strip().lower() for part in lines[0].split(";")[1:]}
        assert flags == {"path=/", "secure", "httponly", "samesite=lax"}
        await browser.follow()
        await browser.post("/sign-out", headers={"Origin": SECURE})
        assert "__Host-tallystick" not in browser.cookies


async def test_the_cookie_opens_no_door_of_the_api_and_a_token_no_page(service: Service) -> None:
    browser = await joined(service, "officer")
    await browser.sign_in("officer")
    assert (await browser.send("GET", "/api/v1/returns")).status_code == 401
    answer = await service.ask("officer", "GET", "/account", follow_redirects=False)
    assert answer.headers["location"] == "/sign-in?next=/account"
    assert "You are signed in" not in (await service.ask("officer", "GET", "/")).text


FOREIGN: list[dict[str, str]] = [
    {},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ADDRESS.replace("http:", "https:")},
    {"Origin": "http://127.0.0.1:8001"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "cross-site", "Origin": ADDRESS},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    {"Origin": ADDRESS, "Content-Type": "multipart/form-data; boundary=x"},
    {"Origin": ADDRESS, "Content-Type": "text/plain"},
]


async def test_another_sites_form_is_refused_by_its_headers_though_its_token_is_right(service: Service) -> None:
    browser = await joined(service, "officer")
    await browser.sign_in("officer")
    await browser.get("/")
    body = f"form_token={browser.token()}"
    for headers in FOREIGN:
        sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        answer = await browser.send("POST", "/sign-out", content=body, headers=sent)
        assert answer.status_code == 403, headers
    assert "You are signed in" in await browser.get("/")


async def test_a_form_without_its_own_browsers_token_is_refused(service: Service) -> None:
    browser = await joined(service, "officer")
    await browser.sign_in("officer")
    stranger = Browser(service.client)
    await stranger.get("/sign-in")
    await browser.get("/")
    for token in ("", "0" * 64, stranger.token(), "é"):
        answer = await browser.send("POST", "/sign-out", data={"form_token": token}, headers={"Origin": ADDRESS})
        assert answer.status_code == 403, token
    twice = f"form_token={browser.token()}&form_token={browser.token()}"
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": ADDRESS}
    assert (await browser.send("POST", "/sign-out", content=twice, headers=kind)).status_code == 403
    assert (await browser.send("POST", "/sign-out", content=b"\xff\xfe", headers=kind)).status_code == 403
    assert "You are signed in" in await browser.get("/")
    await browser.post("/sign-out")


async def test_nobody_is_signed_in_to_an_attackers_account(service: Service) -> None:
    """Before sign-in too a form belongs to a browser: another's cookie or token does not do."""
    await joined(service, "officer")
    attacker, victim = Browser(service.client), Browser(service.client)
    await attacker.get("/sign-in")
    await victim.get("/sign-in")
    fields = {"email": "officer@example.org", "password": PASSWORD}
    await victim.post("/sign-in", fields, 403, token=attacker.token())
    await victim.get("/sign-in")
    token = victim.token()
    victim.cookies.clear()
    await victim.post("/sign-in", fields, 403, token=token)


HOSTS = [
    ("127.0.0.1:8000", "/", 200),
    ("localhost", "/", 200),
    ("[::1]:8000", "/", 200),
    ("evil.example", "/", 400),
    ("evil.example", "/api/v1/openapi.json", 400),
    ("evil.example", "/health/live", 400),
    ("127.0.0.1:8000@evil.example", "/", 400),
    ("127.0.0.1.evil.example", "/", 400),
    ("evil.example/127.0.0.1", "/", 400),
    ("", "/", 400),
]


async def test_the_service_answers_to_its_own_name_only(service: Service) -> None:
    for host, path, status in HOSTS:
        answer = await service.client.get(path, headers={"Host": host})
        assert answer.status_code == status, (host, path)
        assert "x-request-id" in answer.headers
        assert "evil" not in answer.text


async def test_a_named_service_answers_monitors_on_loopback_too(reached: Any) -> None:
    more = {"base_url": SECURE, "allowed_hosts": ("Other.example.org",)}
    async with reached("127.0.0.1", **more) as client:
        for host, path, status in (
            ("grants.example.org", "/", 200),
            ("other.example.org", "/", 200),
            ("127.0.0.1", "/", 400),
            ("127.0.0.1", "/health/ready", 200),
            ("localhost:8000", "/metrics", 200),
            ("127.0.0.1", "/api/v1/openapi.json", 400),
        ):
            assert (await client.get(path, headers={"Host": host})).status_code == status, (host, path)


async def test_no_password_comes_in_the_clear_over_a_network(reached: Any) -> None:
    async with reached("192.0.2.7", base_url="http://grants.example.org") as client:
        browser = Browser(client)
        page = await browser.get("/sign-in", 403)
        assert "TALLYSTICK_BASE_URL" in page
        await browser.get("/")
        form = {"email": "officer@example.org", "password": PASSWORD}
        await browser.send("GET", "/sign-in")
        own = {"Origin": "http://grants.example.org"}
        answer = await browser.send("POST", "/sign-in", data=form, headers=own)
        assert answer.status_code == 403


async def test_a_fault_of_ours_is_a_page_without_what_was_typed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grants.actions import sign_in

    async def broken(*_: object) -> str:
        raise RuntimeError("officer@example.org typed this")

    monkeypatch.setattr(sign_in, "with_password", broken)
    browser = Browser(service.client)
    page = await browser.sign_in("officer", status=500)
    assert "Something went wrong on our side" in page
    assert "typed this" not in page


async def test_tokens_are_made_and_revoked_in_the_account(service: Service) -> None:
    browser = await joined(service, "officer")
    await browser.sign_in("officer")
    await browser.get("/account")
    assert "Say in 1 to" in await browser.post("/account/tokens", {"label": " ", "days": "7", "only": "read"}, 400)
    assert "Choose for how long" in await browser.post("/account/tokens", {"label": "x", "days": "9999"}, 400)
    page = await browser.post("/account/tokens", {"label": "<b>night</b>", "days": "7", "only": "read"}, 200)
    made = page.split('class="app-secret">')[1].partition("<")[0]
    service.tokens["made"] = made
    await service.get("made", "/returns")
    listed = await browser.get("/account")
    assert "&lt;b&gt;night&lt;/b&gt;" in listed
    assert made not in listed
    shown = listed.partition("&lt;b&gt;night")[2]
    await browser.post("/account/tokens/" + shown.split("/account/tokens/")[1].partition("/revoke")[0] + "/revoke")
    await service.get("made", "/returns", 401)
