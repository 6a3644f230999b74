"""What the 360Giving Data Standard 1.4 asks of a package of grants: names, titles, types and what is required, as a JSON Schema.

Told here in our own form after the standard's own schemas, 360-giving-schema.json and 360-giving-package-schema.json in
ThreeSixtyGiving/standard (Creative Commons Attribution 4.0). It is stricter than they are: a member that the standard does not
know is refused, so that none can be misspelt; `markings` is ours, as the standard allows.
"""

from typing import Any, Final

_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "number"}
_MAYBE: Final = {"type": ["string", "null"]}
_URI: Final = {"type": "string", "format": "uri"}
_MOMENT: Final = {"type": "string", "format": "date-time"}
_WHOLE_DATE: Final = {"pattern": "^[0-9]{4}-(0[1-9]|1[012])-(0[1-9]|[12][0-9]|3[01])$"}
_DATE: Final = {"type": "string", "oneOf": [{"format": "date-time"}, _WHOLE_DATE]}
_VAGUE_DATE: Final = {
    "type": "string",
    "oneOf": [{"format": "date-time"}, _WHOLE_DATE, {"pattern": "^[0-9]{4}(-(0[1-9]|1[012]))?$"}],
}


def _titled(title: str, rule: dict[str, Any]) -> dict[str, Any]:
    return {**rule, "title": title}


def _object(required: tuple[str, ...] = (), **members: dict[str, Any]) -> dict[str, Any]:
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "additionalProperties": False, "properties": members, **needed}


def _list(title: str, of: str, *, at_least: int = 0) -> dict[str, Any]:
    return {"title": title, "type": "array", "minItems": at_least, "items": {"$ref": f"#/definitions/{of}"}}


_DEFINITIONS: Final = {
    "Event": _object(
        title=_titled("Title", _TEXT),
        startDate=_titled("Start Date", _VAGUE_DATE),
        endDate=_titled("End Date", _VAGUE_DATE),
        duration=_titled("Duration (months)", {"type": "number", "minimum": 0}),
        description=_titled("Description", _TEXT),
        dateModified=_titled("Last Modified", _MOMENT),
    ),
    "Organization": _object(
        ("id", "name"),
        id=_titled("Identifier", _TEXT),
        name=_titled("Name", _TEXT),
        department=_titled("Department", _TEXT),
        charityNumber=_titled("Charity Number", _TEXT),
        companyNumber=_titled("Company Number", _TEXT),
        postalCode=_titled("Postal Code", _TEXT),
        description=_titled("Description", _TEXT),
        url=_titled("Web Address", _URI),
        dateModified=_titled("Last Modified", _MOMENT),
    ),
    "GrantProgramme": _object(
        code=_titled("Code", _TEXT),
        title=_titled("Title", _MAYBE),
        description=_titled("Description", _MAYBE),
        url=_titled("URL", {"type": ["string", "null"], "format": "uri"}),
        dateModified=_titled("Last Modified", _MOMENT),
    ),
}
_ALWAYS: Final = ["id", "title", "description", "currency", "amountAwarded", "awardDate", "fundingOrganization"]
GRANT: Final = {
    **_object(
        id=_titled("Identifier", _TEXT),
        title=_titled("Title", {"type": "string", "maxLength": 140}),
        description=_titled("Description", _TEXT),
        currency=_titled("Currency", {"enum": ["GBP"]}),
        amountAppliedFor=_titled("Amount Applied For", _NUMBER),
        amountAwarded=_titled("Amount Awarded", _NUMBER),
        amountDisbursed=_titled("Amount Disbursed", _NUMBER),
        awardDate=_titled("Award Date", _DATE),
        url=_titled("URL", _URI),
        plannedDates=_list("Planned Dates", "Event"),
        actualDates=_list("Actual Dates", "Event"),
        recipientOrganization=_list("Recipient Org", "Organization", at_least=1),
        fundingOrganization=_list("Funding Org", "Organization", at_least=1),
        grantProgramme=_list("Grant Programme", "GrantProgramme"),
        fromOpenCall=_titled("From An Open Call?", {"enum": ["Yes", "No"]}),
        dateModified=_titled("Last Modified", _MOMENT),
        dataSource=_titled("Data Source", {"type": ["string", "null"], "format": "uri"}),
        markings=_titled("Markings", _TEXT),
    ),
    # An organisation or an individual, never both; our recipients are organisations.
    "oneOf": [{"required": [*_ALWAYS, "recipientOrganization"]}, {"required": [*_ALWAYS, "recipientIndividual"]}],
}
PACKAGE: Final = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "definitions": {**_DEFINITIONS, "Grant": GRANT},
    **_object(
        ("grants",),
        grants={"type": "array", "minItems": 1, "uniqueItems": True, "items": {"$ref": "#/definitions/Grant"}},
        version={"type": "string", "pattern": r"^(\d+\.)(\d+)$"},
        extensions={"type": "array", "items": _TEXT, "uniqueItems": True},
        title=_TEXT,
        description=_TEXT,
        issued=_DATE,
        modified=_DATE,
        identifier=_TEXT,
        publisher=_object(("name",), identifier=_TEXT, name=_TEXT, website=_URI, logo=_URI),
        downloadURL=_URI,
        accessURL=_URI,
        license=_URI,
    ),
}


def path_of(heading: str) -> tuple[str | int, ...]:
    """Where a heading of the standard's spreadsheet stands in JSON: "Recipient Org:Name" is the first recipient's name.

    Raises StopIteration where the standard has no such heading.
    """
    path: list[str | int] = []
    rule: dict[str, Any] = GRANT
    for title in heading.split(":"):
        name, rule = next((name, rule) for name, rule in rule["properties"].items() if rule["title"] == title)
        path.append(name)
        if rule.get("type") == "array":
            path.append(0)
            rule = _DEFINITIONS[rule["items"]["$ref"].rsplit("/", 1)[1]]
    return tuple(path)
