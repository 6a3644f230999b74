"""Answers without what is of the request itself: whether anybody could tell two of them apart."""

import re
from collections.abc import Iterable

import httpx


def same_for_all(answers: Iterable[httpx.Response]) -> bool:
    """Whether nobody can tell the answers apart: status, headers and body, but for what is of the request itself."""
    return len({bare(answer) for answer in answers}) <= 1


def bare(answer: httpx.Response) -> str:
    """Its status, its headers and its body."""
    body = answer.json() if answer.headers.get("content-type", "").endswith("json") else {"body": answer.text}
    headers = sorted((name, value) for name, value in answer.headers.items() if name not in _OF_THE_REQUEST)
    return repr(
        (answer.status_code, headers, {key: body[key] for key in body if key not in ("instance", "request_id")})
    )


_OF_THE_REQUEST = frozenset({"x-request-id", "content-length", "date"})


def bare_page(answer: httpx.Response, asked: str) -> str:
    """A page's status, headers and body, less its request's number, its forms' tokens and the address that was asked."""
    number = answer.headers["x-request-id"]
    text = re.sub(r'name="form_token" value="[0-9a-f]{128}"', "", answer.text.replace(number, "").replace(asked, ""))
    headers = sorted((name, value) for name, value in answer.headers.items() if name not in _OF_THE_REQUEST)
    return repr((answer.status_code, headers, text))
