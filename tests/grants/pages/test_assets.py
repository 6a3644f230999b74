"""What pages bring with them: from our own address, under names that change with it, without what is GOV.UK's unless allowed."""

import gzip
import hashlib
import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from grants.app import create_app
from grants.domain.errors import Invalid
from grants.pages import assets
from grants.pages.assets import Assets, accepts_gzip
from grants.settings import Settings
from tests.grants.web.browsing import Browser
from tests.service import Service

FIRST_PAGE_MAX, LATER_PAGE_MAX = 300_000, 30_000
_ADDRESS = re.compile(r'(?:src|href)="(/assets/[^"]+)"')
_OUTSIDE = re.compile(r"url\((?!['\"]?[\w-]+\.)|@import")
PLAIN, GOVUK = Assets(govuk_identity=False), Assets(govuk_identity=True)


def text(found: Assets, name: str) -> str:
    """An asset's content."""
    return found.find(name).content.decode()


def without_database(**settings: object) -> httpx.AsyncClient:
    """The application, of which nothing is asked that needs its database."""
    app = create_app(Settings(database_url="postgresql://nobody@127.0.0.1:1/none", **settings))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8000")  # type: ignore[arg-type]


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Whoever asks the service as it is set up where nothing is."""
    async with without_database() as client:
        yield client


def test_the_crest_and_the_typeface_are_left_to_gov_uk() -> None:
    own = text(PLAIN, "site.css")
    for part in ("GDS Transport", "@font-face", "url(", "crest.svg"):
        assert part not in own
    assert "font-family:arial,sans-serif" in own
    assert not {one.suffix for one in PLAIN} & {".woff", ".woff2"}
    theirs = text(GOVUK, "site.css")
    assert theirs.count("@font-face") == 2
    assert theirs.count("GDS Transport") > 2
    files = set(re.findall(r"url\(([^)]+)\)", theirs))
    assert {file.split("-")[0] for file in files} == {"bold", "light", "govuk"}
    assert files <= {one.file for one in GOVUK}
    assert text(GOVUK, "favicon.svg") != text(PLAIN, "favicon.svg")


@pytest.mark.parametrize("found", [PLAIN, GOVUK], ids=["plain", "gov.uk"])
def test_nothing_leads_elsewhere_or_to_what_is_not_served(found: Assets) -> None:
    for asset in found:
        if asset.suffix in (".css", ".js"):
            written = asset.content.decode()
            assert "sourceMappingURL" not in written
            assert asset.suffix == ".js" or not _OUTSIDE.search(written)
            for imported in re.findall(r'from "([^"]+)"', written):
                assert found.named(imported.removeprefix("./")) == (found.find("govuk-frontend.min.js"), True)


def test_the_styles_of_our_own_come_after_those_that_they_change() -> None:
    written = text(PLAIN, "site.css")
    assert written.startswith('@charset "UTF-8";')
    assert written.index(".govuk-table{") < written.index(".app-header")
    assert written.rindex("@media print") > written.rindex(".app-table__sort--descending")  # paper has the last word


def test_a_name_changes_with_what_it_names() -> None:
    for asset in (*PLAIN, *GOVUK):
        digest = hashlib.sha256(asset.content).hexdigest()[:12]
        assert asset.file.count(f"-{digest}.") == 1
        assert asset.packed is None or gzip.decompress(asset.packed) == asset.content
    assert [one.file for one in Assets(govuk_identity=False)] == [one.file for one in PLAIN]


def test_where_the_design_system_is_missing_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_DESIGN", "frontend/nowhere")
    with pytest.raises(Invalid) as refused:
        Assets(govuk_identity=False)
    assert refused.value.message.endswith("run make setup.")
    assert "\n" not in refused.value.message


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("", False),
        ("gzip", True),
        ("GZip ;q=0.5, br", True),
        ("br, deflate", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*", True),
        ("*;q=0", False),
        ("*;q=0, gzip;q=1", True),
        ("identity", False),
    ],
)
def test_who_does_not_take_gzip_gets_none(accepted: str, taken: bool) -> None:
    assert accepts_gzip(accepted) is taken


async def test_each_is_kept_for_good_and_packed_for_whom_takes_it(client: httpx.AsyncClient) -> None:
    kinds = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".ico": "image/x-icon"}
    for asset in PLAIN:
        for accepted in ("gzip", "identity"):
            answer = await client.get(PLAIN.address(asset.name), headers={"Accept-Encoding": accepted})
            assert answer.status_code == 200
            assert answer.content == asset.content
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["content-type"].partition(";")[0] == kinds[asset.suffix]
            assert answer.headers.get("vary") == (None if asset.packed is None else "Accept-Encoding")
            is_packed = asset.packed is not None and accepted == "gzip"
            assert answer.headers.get("content-encoding") == ("gzip" if is_packed else None)
            assert int(answer.headers["content-length"]) == len(
                asset.packed if is_packed and asset.packed else asset.content
            )


async def test_another_version_s_name_gets_what_is_there_and_is_not_kept(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/site-0123456789ab.css")
    assert answer.content == PLAIN.find("site.css").content
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "file", ["site.css", "site-0123456789ab.js", "site-01234.css", "package-0123456789ab.json", "..-0123456789ab.css", "bold-b542beb274-v2.woff2"]
)  # fmt: skip
async def test_what_is_no_asset_is_not_found(client: httpx.AsyncClient, file: str) -> None:
    assert (await client.get(f"/assets/{file}")).status_code == 404


async def test_the_icon_that_browsers_ask_for_unasked_is_there(client: httpx.AsyncClient) -> None:
    answer = await client.get("/favicon.ico")
    assert answer.content.startswith(b"\0\0\1\0")
    assert answer.headers["cache-control"] == "public, max-age=86400"
    assert (await client.head("/favicon.ico")).status_code == 200


async def test_a_gov_uk_address_may_have_its_typeface() -> None:
    async with without_database(base_url="http://grants.example.gov.uk", govuk_identity=True) as client:
        host = {"Host": "grants.example.gov.uk"}
        for asset in GOVUK:
            answer = await client.get(GOVUK.address(asset.name), headers=host)
            assert (answer.status_code, answer.content) == (200, asset.content), asset


async def test_a_page_s_weight(service: Service) -> None:
    page = await Browser(service.client).get("/sign-in")
    beside = set(_ADDRESS.findall(page))
    assert len(beside) == 5
    plain = packed = 0
    for address in beside:
        plain += len((await service.client.get(address, headers={"Accept-Encoding": "identity"})).content)
        packed += int((await service.client.get(address)).headers["content-length"])
    assert len(page) < LATER_PAGE_MAX
    assert len(page) + plain < FIRST_PAGE_MAX
    assert len(page) + packed < FIRST_PAGE_MAX / 5
