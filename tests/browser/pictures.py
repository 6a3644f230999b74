"""`make docs`: the pictures of the README, one of each wing, taken from the service with its example data."""

import asyncio
import re
import tempfile
from pathlib import Path
from typing import Final

from tests.browser.chromium import Person, chromium, person_at
from tests.server import serving

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs"
_WINDOW: Final = {"width": 1200, "height": 1300}
_FIGURE: Final = re.compile(r"/figures/(?:spent|line)[^\"?]*")


async def _take(person: Person, name: str) -> None:
    await person.page.screenshot(path=FOLDER / f"{name}.png")


async def _first(person: Person, address: str, link: str) -> None:
    """Opens a page, and goes where its first such link leads."""
    await person.go(address)
    await person.page.locator(link).first.click()
    await person.page.wait_for_load_state()


async def pictures(address: str) -> None:
    """Takes them all."""
    FOLDER.mkdir(exist_ok=True)
    async with chromium() as browser:
        async with person_at(browser, address, viewport=_WINDOW) as lead:
            await lead.sign_in("Lead")
            await lead.go("/plan")
            await _take(lead, "grants")
        async with person_at(browser, address, viewport=_WINDOW) as officer:
            await officer.sign_in("Fliss Finance")
            await _first(officer, "/returns?state=has_problems", "td a[href^='/returns/'], th a[href^='/returns/']")
            await officer.go(officer.path + "/problems")
            await _take(officer, "importers")
        async with person_at(browser, address, viewport=_WINDOW) as auditor:
            await auditor.sign_in("Auditor")
            await auditor.go("/plan")
            found = _FIGURE.search(await auditor.page.content())
            if found is None:
                raise RuntimeError("the plan links to no figure")
            await auditor.go(found[0])
            await _take(auditor, "reports")


def main() -> None:
    """Serves the example data and takes the pictures."""
    with (
        tempfile.TemporaryDirectory() as name,
        serving(Path(name), "--example", TALLYSTICK_DATA_DIR=str(Path(name) / "data")) as address,
    ):
        asyncio.run(pictures(address))


if __name__ == "__main__":
    main()
