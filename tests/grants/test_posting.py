"""Which transport the settings choose, what they refuse, and that no secret of theirs is shown."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from grants.settings import Settings

SMTP = {"mail": "smtp", "smtp_host": "mail.example", "mail_from": "us@grants.example"}
NOTIFY = {"mail": "notify", "notify_key": "k3y-secret", "notify_template": "f33517ff-2a88-4f6e-b855-c550268ce08a"}
OPERATING = (Path(__file__).resolve().parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "given",
    [
        {},
        SMTP,
        {**SMTP, "smtp_user": "us", "smtp_password": "s3cret"},
        {**SMTP, "smtp_host": "127.0.0.1", "smtp_security": "none"},
        NOTIFY,
        {**NOTIFY, "notify_url": "http://127.0.0.1:8080"},
        {"govuk_identity": True, "base_url": "https://grants.example.gov.uk"},
        {"service_name": 'Grants, "new" & old – Côr', "organisation_name": "Home Office"},
    ],
)
def test_what_is_whole_is_taken(given: dict[str, Any]) -> None:
    found = Settings(**given)
    assert found.mail == given.get("mail", "folder")
    assert "s3cret" not in repr(found)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({**SMTP, "smtp_host": ""}, "SMTP_HOST"),
        ({**SMTP, "mail_from": ""}, "MAIL_FROM"),
        ({**SMTP, "mail_from": "us@grants.example\nBcc: eve@example.org"}, "mail_from"),
        ({**SMTP, "smtp_security": "none"}, "encryption"),
        ({**SMTP, "smtp_user": "us"}, "go together"),
        ({**SMTP, "smtp_password": "s3cret-secret"}, "go together"),
        ({**NOTIFY, "notify_key": None}, "NOTIFY_KEY"),
        ({**NOTIFY, "notify_template": None}, "NOTIFY_TEMPLATE"),
        ({**NOTIFY, "notify_url": "http://notify.example"}, "https://"),
        ({"mail": "pigeon"}, "mail"),
        ({"service_name": "Grants\nBcc: eve@example.org"}, "service_name"),
        ({"service_name": ""}, "service_name"),
        ({"service_name": "<b>Grants"}, "service_name"),
        ({"organisation_name": " Home Office"}, "organisation_name"),
        ({"govuk_identity": True}, "gov.uk"),
        ({"govuk_identity": True, "base_url": "https://grants.notgov.uk"}, "gov.uk"),
        ({"govuk_identity": True, "base_url": "https://gov.uk.example"}, "gov.uk"),
    ],
)
def test_what_is_not_is_refused_without_a_secret(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(**given)
    assert says in str(refused.value)
    assert "secret" not in str(refused.value)


def test_the_documentation_lists_every_setting_as_it_is() -> None:
    for name, field in Settings.model_fields.items():
        assert f"| `{name.upper()}` |" in OPERATING
        assert f"| {field.description} |" in OPERATING
