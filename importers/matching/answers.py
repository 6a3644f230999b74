"""What somebody says of a table, laid over what the table itself shows: a person's word counts first."""

from collections.abc import Mapping
from typing import Final

from msgspec import structs

from grants.domain.matchings import TWO_COLUMNS, Answers, CodeMeaning, Field, SignRule, number_of
from importers.matching.choosing import Choice, Choices
from importers.matching.suggestion import Decision, SuggestedCode, Sure

SAID: Final = "As it was answered."


def answered(choices: Choices, answers: Answers) -> Choices:
    """The columns that somebody named, and no others; of amounts those alone that their rule of signs reads."""
    columns = dict(answers.columns)
    if not {Field.DEBIT, Field.CREDIT} <= columns.keys() or (answers.sign and answers.sign not in TWO_COLUMNS):
        columns = {field: letters for field, letters in columns.items() if field not in (Field.DEBIT, Field.CREDIT)}
    elif answers.sign in TWO_COLUMNS:
        columns.pop(Field.NET, None)
    return {field: _choice(choices.get(field), letters) for field, letters in columns.items()}


def _choice(suggested: Choice | None, letters: str) -> Choice:
    number = number_of(letters)
    return Choice(number, Sure.SURE, suggested.why if suggested and suggested.number == number else SAID)


def said(suggested: Decision, sign: SignRule) -> Decision:
    """The rule of signs that somebody chose."""
    return suggested if suggested.value == sign.value else Decision(suggested.about, sign.value, Sure.SURE, SAID)


def with_answer(code: SuggestedCode, answers: Mapping[str, CodeMeaning | None]) -> SuggestedCode:
    """A code with what somebody said that it is; as it was suggested where they have said nothing of it."""
    meaning = answers.get(code.code)
    if meaning is not None:
        why = code.why if code.meaning == meaning else SAID
        return structs.replace(code, meaning=meaning, sure=Sure.SURE, why=why)
    return structs.replace(code, meaning=None, sure=Sure.UNSURE) if code.code in answers else code
