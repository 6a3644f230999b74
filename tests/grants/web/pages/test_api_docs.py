"""The API's description in a browser: every door, with who may use it, whole examples, no script of its own, and not too heavy."""

import gzip
import json
import re
from html import unescape

import jsonschema_rs

from tests.grants.web.browsing import Browser
from tests.service import Service

PAGE_BYTES_MAX = 300_000
SENT_BYTES_MAX = 30_000


async def test_every_door_is_described_once_with_examples_that_hold(service: Service) -> None:
    described = (await service.client.get("/api/v1/openapi.json")).json()
    reader = Browser(service.client)
    index = await reader.get("/api-docs")
    doors = {f"{method.upper()} {path}" for path, found in described["paths"].items() for method in found}
    assert {unescape(said) for said in re.findall(r"<code>([A-Z]+ /api/[^<]+)</code>", index)} == doors
    shown: list[str] = []
    for part in sorted(set(re.findall(r'href="/api-docs/([a-z]+)"', index))):
        page = await reader.get(f"/api-docs/{part}")
        assert len(page.encode()) <= PAGE_BYTES_MAX, part
        assert len(gzip.compress(page.encode())) <= SENT_BYTES_MAX, part
        assert set(re.findall(rf'href="/api-docs/{part}#([^"]+)"', index)) == set(
            re.findall(r'<h2[^>]* id="([^"]+)"', page)
        )
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
        shown += [unescape(said) for said in re.findall(r'<code class="app-path">([^<]+)</code>', page)]
        for name, example in re.findall(
            r"(?s)<h3[^>]*>What is sent: (\w+) (?:(?!</details>).)*?<pre[^>]*><code>(.*?)</code>", page
        ):
            _holds(described, name, json.loads(unescape(example)))
    assert sorted(shown) == sorted(doors)
    assert "Who may: administrator." in await reader.get("/api-docs/people")
    await reader.get("/api-docs/other", 404)
    await reader.get("/api-docs/%00", 404)


def _holds(described: dict[str, object], name: str, example: object) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
    faults = [fault.message for fault in jsonschema_rs.Draft202012Validator(schema).iter_errors(example)]
    assert faults == [], (name, faults)
