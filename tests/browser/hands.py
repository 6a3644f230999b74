"""How somebody acts on a page: by pointing, or by the keys Tab, Enter and Space alone (and the arrows among a few answers), with the focus seen at every step."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Locator, Page, expect

from tests.browser.chromium import PHONE, Person

WAYS: Final[dict[str, dict[str, Any]]] = {
    "scripts": {},
    "no scripts": {"java_script_enabled": False},
    "keyboard": {},
}
"""Options of a browser for each way in which a journey must go."""
_STOPS_MAX: Final = 400
_ANSWERS_MAX: Final = 20
_FOCUS: Final = """target => {
    const at = document.activeElement;
    // What only a script gives the focus to, the skip link to the content for one, is no stop of Tab.
    if (!at || at === document.body || at.tabIndex < 0) return { there: false, skips: false, seen: true, on: "the page" };
    const looks = [getComputedStyle(at)];
    for (const label of at.labels ?? []) looks.push(getComputedStyle(label, "::before"));
    const clear = "rgba(0, 0, 0, 0)";
    const seen = looks.some((look) => look.boxShadow !== "none"
        || (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0 && look.outlineColor !== clear));
    const isOfGroup = at.type === "radio" && target.type === "radio" && at.name === target.name;
    const skips = at.matches(".govuk-skip-link") && target.closest("main") !== null;
    return { there: at === target || isOfGroup, skips, seen, on: at.outerHTML.slice(0, 200) };
}"""


@dataclass
class Hand:
    """Points and clicks, as with a mouse or a finger. `person` is whose hand it is."""

    person: Person

    @property
    def page(self) -> Page:
        """Where the person is looking."""
        return self.person.page

    async def use(self, what: Locator) -> None:
        """Follows a link, presses a button, ticks a box."""
        await what.click()

    async def write(self, label: str, words: str) -> None:
        """Types into the field of a label."""
        await self.page.get_by_label(label, exact=True).fill(words)

    async def pick(self, label: str, words: str) -> None:
        """Chooses from a list."""
        await self.page.get_by_label(label, exact=True).select_option(words)

    async def follow(self, name: str, *, within: Locator | None = None) -> None:
        """Follows the link of this name; what is said to screen readers alone has a space before it, and tells it from others."""
        words = re.compile("^" + re.escape(name).replace(":", r"\s*:") + r"\s*([:,].*)?$")
        await self.use((within or self.page.locator("body")).get_by_role("link", name=words).first)

    async def press(self, name: str) -> None:
        """Presses the button of this name, or of one that begins with it."""
        await self.use(self.page.get_by_role("button", name=re.compile("^" + re.escape(name))).first)

    async def tick(self, label: str) -> None:
        """Ticks a box, or chooses one of a few answers."""
        await self.page.get_by_text(label, exact=True).click()

    async def arrive(self, heading: str) -> None:
        """The page with this heading is there, or soon will be in place of one with the same. It is as wide as the window and no wider."""
        await expect(self.page.get_by_role("heading", level=1)).to_contain_text(heading)
        width = (self.page.viewport_size or PHONE)["width"]
        await expect(self.page.locator("html")).to_have_js_property("scrollWidth", width)

    async def see_made(self) -> None:
        """Until what is made in the background is there: the page says so by itself, or where no script runs by its link."""
        again = self.page.get_by_role("link", name="Look again")
        made = self.page.get_by_role("heading", name="Files").or_(self.page.get_by_text("What testing came to so far"))
        while not self.person.has_scripts:
            await expect(made.or_(again).first).to_be_visible()
            if await made.count():
                return
            await self.follow("Look again")
        await expect(made).to_be_visible()

    async def save(self, name: str) -> bytes:
        """The file that a link, or a link that looks like a button, downloads."""
        link = self.page.get_by_role("link", name=name).or_(self.page.get_by_role("button", name=name))
        async with self.page.expect_download() as coming:
            await self.use(link.first)
        return Path(await (await coming.value).path()).read_bytes()

    async def give(self, field: str, name: str, content: bytes) -> None:
        """Chooses a file for a field, by the button that stands there, or where no script runs by the field itself."""
        where = self.page.locator(f"button#{field}, input#{field}")
        async with self.page.expect_file_chooser() as coming:
            await self.use(where)
        kind = "application/octet-stream"
        await (await coming.value).set_files({"name": name, "mimeType": kind, "buffer": content})


@dataclass
class Keys(Hand):
    """Tab, Enter and Space: nothing else reaches anything. Wherever the focus stops it must be seen."""

    async def reach(self, what: Locator) -> None:
        """Goes on with Tab until the focus is there, round the page once if need be."""
        await expect(what).to_be_visible()
        target = await what.element_handle()
        for _ in range(_STOPS_MAX):
            at = await self.page.evaluate(_FOCUS, target)
            assert at["seen"], f"{self.page.url}: the focus is not to be seen on {at['on']}"
            if at["there"]:
                return
            await self.page.keyboard.press("Enter" if at["skips"] else "Tab")
        raise AssertionError(f"{self.page.url}: Tab does not lead to {what}")

    async def use(self, what: Locator) -> None:
        """Enter, on what has the focus."""
        await self.reach(what)
        await self.page.keyboard.press("Enter")

    async def write(self, label: str, words: str) -> None:
        """Types, as a person does; a field that was filled in already is replaced."""
        await self.reach(self.page.get_by_label(label, exact=True))
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.insert_text(words)

    async def pick(self, label: str, words: str) -> None:
        """The beginning of an option's words chooses it."""
        await self.reach(self.page.get_by_label(label, exact=True))
        await self.page.keyboard.type(words)

    async def tick(self, label: str) -> None:
        """Space; among a few answers, of which Tab reaches one, the arrows lead on."""
        what = self.page.get_by_label(label, exact=True)
        await self.reach(what)
        await self.page.keyboard.press(" ")
        for _ in range(_ANSWERS_MAX):
            if await what.is_checked():
                return
            await self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{self.page.url}: the arrows do not lead to {label}")


def hand_of(person: Person, way: str) -> Hand:
    """The hand for one of WAYS."""
    return Keys(person) if way == "keyboard" else Hand(person)
