"""A walk over every link that a person meets: each address once, and each kind of question to it once."""

import re
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import httpx

_PARTICULAR: Final = re.compile(r"(?<=/)[^/]*[A-Z0-9][^/]*")
MOST_OF_A_KIND: Final = 2
"""How many pages of one kind (an award's, a return's, a figure's) a walk looks at."""


@dataclass(frozen=True)
class Visited:
    """A page, or a file, that a link led to. `kind` is its address with what is particular taken out."""

    who: str
    address: str
    kind: str
    status: int
    content_type: str
    text: str
    came_from: str

    @property
    def is_page(self) -> bool:
        """Whether it is HTML."""
        return self.content_type.startswith("text/html")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"a": "href", "link": "href", "script": "src", "img": "src"}.get(tag)
        value = dict(attrs).get(wanted) if wanted else None
        if value:
            self.found.append(value)


def links_in(text: str) -> list[str]:
    """What a page leads to, as it says it."""
    parser = _Links()
    parser.feed(text)
    return parser.found


class _Names(HTMLParser):
    """Where the links of a page's content lead, by their words as they are said."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, set[str]] = {}
        self._is_content, self._address, self._label, self._words = False, "", "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_content |= tag == "main"
        if tag == "a":
            self._address, self._label = (dict(attrs).get(name) or "" for name in ("href", "aria-label"))
            self._words = ""

    def handle_data(self, data: str) -> None:
        self._words += data

    def handle_endtag(self, tag: str) -> None:
        self._is_content &= tag != "main"
        if tag == "a" and self._is_content and self._address:
            self.found.setdefault(self._label or " ".join(self._words.split()), set()).add(self._address)


def links_alike(text: str) -> list[str]:
    """Words of links that lead to more than one place: who goes from link to link cannot tell them apart."""
    parser = _Names()
    parser.feed(text)
    return [words for words, places in parser.found.items() if len(places) > 1]


def kind_of(address: str) -> str:
    """The same for pages that differ by what they are of: /returns/*/history, and the names of what is asked."""
    parts = urlsplit(address)
    asked = sorted({name for name, _ in parse_qsl(parts.query)})
    return _PARTICULAR.sub("*", parts.path) + ("?" + "&".join(asked) if asked else "")


@dataclass
class Kinds:
    """Which kinds of pages were met: few of each path, and each question to it once, not with every other."""

    most: int
    paths: dict[str, int] = field(default_factory=dict)
    asked: set[tuple[str, str]] = field(default_factory=set)

    def takes(self, address: str) -> bool:
        """Whether the address is one to look at; then it is met."""
        path, _, names = kind_of(address).partition("?")
        if names:
            new = {(path, name) for name in names.split("&")} - self.asked
            self.asked |= new
            return bool(new)
        self.paths[path] = self.paths.get(path, 0) + 1
        return self.paths[path] <= self.most


async def walk(client: httpx.AsyncClient, who: str, start: str = "/") -> AsyncIterator[Visited]:
    """Follows links from a page on, the nearest first, until nothing new is met."""
    waiting, met, kinds = deque([(start, "")]), {start}, Kinds(MOST_OF_A_KIND)
    while waiting:
        address, came_from = waiting.popleft()
        if not kinds.takes(address):
            continue
        answer = await client.get(address)
        content_type = answer.headers.get("content-type", "")
        text = answer.text if content_type.startswith("text/html") else ""
        yield Visited(who, address, kind_of(address), answer.status_code, content_type, text, came_from)
        for link in links_in(text):
            there = urldefrag(urljoin(address, link)).url
            if there.startswith("/") and there not in met:
                met.add(there)
                waiting.append((there, address))
