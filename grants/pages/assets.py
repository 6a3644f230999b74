"""What pages bring with them: one style sheet, scripts and images, read at start, each under a name that changes with it."""

import gzip
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath

from grants.domain.access import Deed
from grants.domain.errors import Invalid, NotFound

FOLDER: Final = "/assets"
STYLE, SCRIPT, DESIGN_SCRIPT, FAVICON, ICON = (
    "site.css", "tallystick.js", "govuk-frontend.min.js", "favicon.svg", "favicon.ico",
)  # fmt: skip
PAPER: Final = "print.css"
"""Comes last: on paper its rules have the last word."""
_DESIGN: Final = "frontend/node_modules/govuk-frontend/dist/govuk"
_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
    ".png": "image/png",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
_PACKED: Final = frozenset({".css", ".js", ".svg"})
_FOREVER: Final = "public, max-age=31536000, immutable"
_DAY: Final = "public, max-age=86400"
_NAMED: Final = re.compile(r"(?P<stem>.+?)-[0-9a-f]{12}(?P<suffix>(?:\.min)?\.[a-z0-9]+)")
# What the names of GOV.UK's own look like in the design system's style sheet: they belong to gov.uk addresses alone.
_TYPEFACE: Final = re.compile(r"@font-face\{[^}]*\}")
_TYPEFACE_FIRST: Final = re.compile(r'"?GDS Transport"?,\s*')
_CREST: Final = re.compile(
    r"(?:-webkit-mask-image|mask-image|background-image):url\(/assets/images/[^)]*\)(?:;|(?=\}))"
)
_URL: Final = re.compile(r"url\(/assets/(?:fonts|images)/([^)]+)\)")
_IMPORT: Final = re.compile(r'(?<=from )"\./([\w.-]+\.js)"')
_MAP: Final = re.compile(r"\s*(?://#|/\*#) sourceMappingURL=\S+(?: \*/)?\s*$")


@dataclass(frozen=True)
class Asset:
    """One file as browsers are given it; `packed` where gzip makes it shorter."""

    name: str
    content: bytes = field(repr=False)

    @property
    def suffix(self) -> str:
        """The end of its name, from the last point."""
        return self.name[self.name.rindex(".") :]

    @cached_property
    def file(self) -> str:
        """Its name in addresses: twelve digits of its SHA-256 stand before the end."""
        stem, dot, end = self.name.partition(".")
        return f"{stem}-{hashlib.sha256(self.content).hexdigest()[:12]}{dot}{end}"

    @cached_property
    def packed(self) -> bytes | None:
        """Its content as gzip has it: the same bytes wherever they are made."""
        return gzip.compress(self.content, 9, mtime=0) if self.suffix in _PACKED else None


class Assets:
    """Everything that pages bring with them, by its name. Raises Invalid where the design system is not installed.

    `govuk_identity` adds the crest and the typeface of GOV.UK, which belong to gov.uk addresses alone.
    """

    def __init__(self, *, govuk_identity: bool) -> None:
        self._identity = govuk_identity
        self._found: dict[str, Asset] = {}
        own = sorted(one.name for one in _own().iterdir() if one.name.endswith((".js", ".svg", ".ico", ".png")))
        for name in (*own, STYLE, DESIGN_SCRIPT):
            self.find(name)
        for asset in self._found.values():
            _ = asset.packed  # now, and not while somebody waits

    def __iter__(self) -> Iterator[Asset]:
        return iter(self._found.values())

    def address(self, name: str) -> str:
        """Where browsers find it, for templates: `asset("site.css")`. Raises KeyError for a name that is none."""
        return f"{FOLDER}/{self._found[name].file}"

    def named(self, file: str) -> tuple[Asset, bool]:
        """What an address asks for, and whether it is exactly that. Raises NotFound.

        While replicas are brought up to date one by one, a page of one may ask another: it gives what it has.
        """
        parts = _NAMED.fullmatch(file)
        found = self._found.get(parts["stem"] + parts["suffix"]) if parts else None
        if found is None:
            raise NotFound("no_such_asset", "There is nothing at this address.")
        return found, found.file == file

    def find(self, name: str) -> Asset:
        """The asset of a name, made on the way if need be: what it refers to comes before it, for its address is in it."""
        if name not in self._found:
            self._found[name] = Asset(name, self._content(name))
        return self._found[name]

    def _content(self, name: str) -> bytes:
        if name == STYLE:
            return self._style().encode()
        if name == DESIGN_SCRIPT:
            return _MAP.sub("", _design(name).read_text("utf-8")).encode()
        if name.endswith(".js"):
            return _IMPORT.sub(self._imported, (_own() / name).read_text("utf-8")).encode()
        if self._identity and name in (FAVICON, ICON):
            return _design(f"assets/images/{name}").read_bytes()
        for folder in ("fonts", "images") if self._identity else ():
            if (found := _design(f"assets/{folder}/{name}")).is_file():
                return found.read_bytes()
        return (_own() / name).read_bytes()

    def _style(self) -> str:
        design = _MAP.sub("", _design("govuk-frontend.min.css").read_text("utf-8"))
        design = _URL.sub(self._referred, design) if self._identity else _CREST.sub("", _TYPEFACE.sub("", design))
        sheets = (one for one in _own().iterdir() if one.name.endswith(".css"))
        own = sorted(sheets, key=lambda one: (one.name == PAPER, one.name))
        whole = "\n".join([design, *(one.read_text("utf-8") for one in own)])
        return whole if self._identity else _TYPEFACE_FIRST.sub("", whole)

    def _imported(self, found: re.Match[str]) -> str:
        return f'"./{self.find(found[1]).file}"'

    def _referred(self, found: re.Match[str]) -> str:
        return f"url({self.find(found[1]).file})"


def _own() -> Traversable:
    return files("grants.pages") / "assets"


def _design(path: str) -> Traversable:
    folder = files("grants.pages").joinpath(_DESIGN)
    if not folder.is_dir():
        raise Invalid("no_design_system", "What pages are drawn with is not installed: run make setup.")
    return folder / path


@cache
def load(*, govuk_identity: bool) -> Assets:
    """The assets, read once a process. Raises Invalid where the design system is not installed."""
    return Assets(govuk_identity=govuk_identity)


def accepts_gzip(accepted: str) -> bool:
    """Whether whoever asked with this Accept-Encoding takes gzip (RFC 9110, 12.5.3): named counts before a star."""
    weights: dict[str, bool] = {}
    for part in accepted.lower().split(","):
        coding, _, weight = part.partition(";")
        weights[coding.strip()] = not re.fullmatch(r"\s*q\s*=\s*0(?:\.0*)?\s*", weight)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", False)))


def _answer(request: Request[Any, Any, Any], asset: Asset, kept: str) -> Response[bytes]:
    headers = {"Cache-Control": kept}
    content = asset.content
    if asset.packed is not None:
        headers["Vary"] = "Accept-Encoding"
        if accepts_gzip(request.headers.get("accept-encoding", "")):
            headers["Content-Encoding"], content = "gzip", asset.packed
    return Response(content, media_type=_KINDS[asset.suffix], headers=headers)


@get(f"{FOLDER}/{{asset:str}}", opt={"deed": Deed.ANYONE}, include_in_schema=False, sync_to_thread=False)
def one_asset(request: Request[Any, Any, Any], asset: FromPath[str]) -> Response[bytes]:
    """A style sheet, a script, an image or a typeface."""
    found, is_exact = request.app.state.assets.named(asset)
    return _answer(request, found, _FOREVER if is_exact else "no-store")


@get("/favicon.ico", opt={"deed": Deed.ANYONE}, include_in_schema=False, sync_to_thread=False)
def icon(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The icon that browsers ask for without having been told of it."""
    return _answer(request, request.app.state.assets.find(ICON), _DAY)


ROUTES: list[Any] = [one_asset, icon]
