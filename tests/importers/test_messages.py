"""Every sentence that a person may read: complete, plain, and without a placeholder left in it."""

import string

import pytest

from importers.messages import ERRORS, REFUSALS, WARNINGS, problem, refuse

ALL = {**REFUSALS, **ERRORS, **WARNINGS}


def names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("code", sorted(ALL))
def test_a_sentence_says_what_to_do_in_plain_words(code: str) -> None:
    sentence = ALL[code]
    assert sentence[0].isupper()
    assert not {"invalid", "illegal", "parse", "null", "exception", "please"} & set(sentence.lower().split())
    assert len(sentence) < 260


def test_no_code_means_two_things() -> None:
    assert len(ALL) == len(REFUSALS) + len(ERRORS) + len(WARNINGS)


def test_facts_fill_every_placeholder() -> None:
    for code, sentence in REFUSALS.items():
        others = dict.fromkeys(names(sentence) - {"sheet", "limit", "limit_mb"}, "x")
        refused = refuse(code, sheet="S", limit=10_000_000, **others).refused
        assert "{" not in refused.message
    for code, sentence in {**ERRORS, **WARNINGS}.items():
        facts: dict[str, object] = dict.fromkeys(names(sentence) - {"sheet"}, "x")
        found = problem(code, "S", "A1", value="", **(facts | {"longest": 5}))
        assert "{" not in found.message
        assert found.place == "S!A1"
        assert found.severity == ("error" if code in ERRORS else "warning")


def test_the_limit_is_told_in_megabytes() -> None:
    assert refuse("file_too_large", limit=10_000_000).refused.message == "The selected file must be smaller than 10MB"
