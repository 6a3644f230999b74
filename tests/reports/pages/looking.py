"""What tests of the auditor's pages share: an accepted return, a page's words, and a run that is done."""

import re
from html import unescape

from tests.importers.making import Typed
from tests.importers.test_doors import workbook
from tests.service import Service

LINES = (
    Typed(reference="INV-1", description="Chair's fees", payee="Chambers", net=1_234.5),
    Typed(reference="INV-2", category="Training", description="A course", payee="A school", net=200),
)


def text_of(page: str) -> str:
    """A page's words, without its marks."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page))).strip()


async def accepted(service: Service, *lines: Typed) -> tuple[str, bytes]:
    """An award whose return was uploaded, certified and accepted: the return's identifier, and its workbook."""
    await service.award()
    await service.open_round()
    content = workbook(*(lines or LINES))
    found = (await service.upload(content)).json()
    problems = [one["number"] for one in found["problems"]]
    if problems:
        reasons = {"reasons": [{"problem": number, "reason": "It is so"} for number in problems]}
        await service.post("officer", f"/returns/{found['id']}/explanations", reasons, 200)
    body = {"name": "C. Ertifier", "role": "Section 151 officer", "declaration": True}
    await service.post("certifier", f"/returns/{found['id']}/certify", body, 200)
    await service.post("lead", f"/returns/{found['id']}/accept", {}, 200)
    return str(found["id"]), content
