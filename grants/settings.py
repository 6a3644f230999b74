"""Settings: read from the environment, TALLYSTICK_ before each name. docs/operating.md lists them all."""

from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from grants.domain.providers import Provider
from grants.domain.publishing import UNNAMED, Publisher
from grants.provider_settings import read_providers

_THIS_COMPUTER: Final = ("127.0.0.1", "localhost", "[::1]", "::1")
_ONE_LINE: Final = r"^[^\p{C}\s<>]([^\p{C}<>]{0,58}[^\p{C}\s<>])?$"


class Settings(BaseSettings):
    """What an installation may choose. Sizes are in bytes, times in seconds."""

    model_config = SettingsConfigDict(env_prefix="TALLYSTICK_", extra="ignore", hide_input_in_errors=True)

    database_url: str | None = Field(
        None, repr=False, description="PostgreSQL for the service; without it the service starts its own."
    )
    owner_database_url: str | None = Field(
        None, repr=False, description="PostgreSQL as the owner of the tables, for migrations."
    )
    data_dir: Path | None = Field(None, description="Where the service's own PostgreSQL and its secrets are kept.")
    base_url: str = Field("http://127.0.0.1:8000", description="The address that people reach the service at.")
    service_name: str = Field("Tallystick", pattern=_ONE_LINE, description="What pages and letters call the service.")
    organisation_name: str = Field(
        "", pattern=rf"^$|{_ONE_LINE}", description="Who runs it, as the foot of each page says."
    )
    govuk_identity: bool = Field(
        False,
        description="Whether pages bear the crest and the typeface of GOV.UK: for an address that ends in .gov.uk alone.",
    )
    secret_key: SecretStr | None = Field(
        None, description="The key that signs checkpoints of the journal; without it one is made in the data folder."
    )
    allowed_hosts: tuple[str, ...] = Field(
        (), description='Further names that the service answers to, beside that of its address: ["a.example.org"].'
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=5,
        description="How many proxies before the service add to X-Forwarded-For; 0: nobody's is believed.",
    )
    breached_passwords: Path | None = Field(
        None,
        description="A file of SHA-1 hashes of stolen passwords, in order, as Have I Been Pwned's downloader writes it.",
    )
    session_idle_minutes: int = Field(
        30, ge=1, le=720, description="A session in a browser ends after so long without use."
    )
    session_hours: int = Field(12, ge=1, le=72, description="And after so long in all.")
    contact: str = Field("the programme team", description="Whom reports name as their contact.")
    publisher_name: str = Field(
        UNNAMED.name, min_length=1, description="The department that open data name as the funder."
    )
    publisher_id: str = Field(
        UNNAMED.identifier,
        pattern=r"^[A-Z0-9]+(-[A-Za-z0-9]+)+$",
        description="Its identifier, as org-id.guide has it.",
    )
    publisher_prefix: str = Field(
        UNNAMED.prefix,
        pattern=r"^360G-[A-Za-z0-9_-]+$",
        description="The prefix that 360Giving gave the funder, for the identifiers of its awards. The default is nobody's.",
    )
    spend_from_pence: int = Field(
        UNNAMED.spend_from_pence, ge=1, description="Payments of so many pence or more are published one by one."
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="What is logged.")
    database_connections: int = Field(
        8, ge=2, le=100, description="Connections for deeds, and as many for reading, a worker."
    )
    upload_bytes: int = Field(10_000_000, ge=1, description="The largest workbook taken.")
    workbook_parts: int = Field(200, ge=20, description="The most files within a workbook, which is a zip of them.")
    workbook_inflated_bytes: int = Field(
        200_000_000,
        ge=1_000_000,
        description="The most that is inflated of a workbook, counted meanwhile; what is not read is not inflated.",
    )
    workbook_cells: int = Field(
        1_200_000,
        ge=1_000,
        description="The most filled cells in the sheets that are read: 100,000 full lines, and some.",
    )
    workbook_text_characters: int = Field(65_536, ge=1_000, description="The longest text of a cell.")
    reader_memory_bytes: int = Field(
        1_000_000_000, ge=200_000_000, description="The most memory that the process has which reads a workbook."
    )
    reader_cpu_seconds: int = Field(25, ge=1, le=3_600, description="The most processor time that it has.")
    reader_wall_seconds: float = Field(28.0, gt=0, le=3_600, description="The most time that it has.")
    evidence_bytes: int = Field(20_000_000, ge=1, description="The largest file of evidence taken.")
    clamd: str = Field(
        "",
        description="A clamd that scans files for viruses: host:port, or the path of its socket; left out, none are scanned.",
    )
    upload_wait: float = Field(25.0, ge=0, description="How long an upload's answer waits for its check.")
    requests_a_minute: int = Field(
        600,
        ge=0,
        description="Requests that a person may make in a minute, over all replicas; 0: as many as they like.",
    )
    readers: int | None = Field(
        None,
        ge=1,
        description="Workbooks read at once by all workers on one machine; left out, as many as there are cores.",
    )
    wake_seconds: float = Field(20.0, gt=0, description="How often due reports and rounds are looked for.")
    checkpoint_dir: Path | None = Field(
        None,
        description="Where signed checkpoints are put; left out, checkpoints in the data folder. Name a place out of the database's reach.",
    )
    checkpoint_seconds: float = Field(3600.0, gt=0, description="How often, if the journal has grown.")
    providers: str | None = Field(
        None, repr=False, description="Identity providers to sign in with: a TOML file, or JSON in the variable itself."
    )
    mail: Literal["folder", "smtp", "notify"] = Field(
        "folder", description="What takes notices: a folder of .eml files, a mail server, or GOV.UK Notify."
    )
    mail_folder: Path | None = Field(
        None, description="The folder of .eml files; left out, outbox in the data folder. Replicas share one."
    )
    mail_from: str = Field(
        "",
        pattern=r"^([^@\s<>]+@[^@\s<>]+)?$",
        description="The address that notices come from; a mail server needs it.",
    )
    smtp_host: str = Field("", description="The mail server.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="starttls, tls, or none, which is for a mail server on this computer alone."
    )
    smtp_user: str = Field("", description="Whom the service signs in to the mail server as; left out, it does not.")
    smtp_password: SecretStr | None = Field(None, description="And the password.")
    notify_key: SecretStr | None = Field(None, description="The API key of GOV.UK Notify.")
    notify_template: UUID | None = Field(
        None, description="Its email template: the subject is ((subject)), the message ((body))."
    )
    notify_url: str = Field("https://api.notifications.service.gov.uk", description="Where GOV.UK Notify is.")
    address_days: int = Field(
        90, ge=1, le=3650, description="How long the outbox knows the address that a notice went to."
    )
    example: bool = Field(False, description="Whether example data are loaded; serve --example sets it.")

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _is_postgresql(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("not a PostgreSQL URL")
        return url

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("not the address of a host")
        return url

    @field_validator("govuk_identity")
    @classmethod
    def _is_gov_uk(cls, wanted: bool, rest: ValidationInfo) -> bool:
        # gov.uk's own rule: the crest and the typeface are Crown property, licensed for services on its domain.
        host = urlsplit(rest.data.get("base_url", "")).hostname or ""
        if wanted and not host.endswith(".gov.uk"):
            raise ValueError("BASE_URL is no address of gov.uk")
        return wanted

    @model_validator(mode="after")
    def _can_send(self) -> Self:
        if self.mail == "smtp" and not (self.smtp_host and self.mail_from):
            raise ValueError("a mail server needs SMTP_HOST and MAIL_FROM")
        if self.mail == "smtp" and self.smtp_security == "none" and self.smtp_host not in _THIS_COMPUTER:
            raise ValueError("only a mail server on this computer may do without encryption: set SMTP_SECURITY")
        if bool(self.smtp_user) is not bool(self.smtp_password):
            raise ValueError("SMTP_USER and SMTP_PASSWORD go together")
        if self.mail == "notify" and not (self.notify_key and self.notify_template):
            raise ValueError("GOV.UK Notify needs NOTIFY_KEY and NOTIFY_TEMPLATE")
        if not self.notify_url.startswith(("https://", *(f"http://{name}:" for name in _THIS_COMPUTER))):
            raise ValueError("NOTIFY_URL must begin with https://")
        return self

    @property
    def migration_url(self) -> str | None:
        """The URL to migrate with."""
        return self.owner_database_url or self.database_url

    @property
    def publisher(self) -> Publisher:
        """Who publishes open data."""
        return Publisher(self.publisher_name, self.publisher_id, self.publisher_prefix, self.spend_from_pence)

    def reading_limits(self) -> dict[str, Any]:
        """The bounds of reading a workbook, by the names of importers.limits.Limits."""
        return {
            "file_bytes": self.upload_bytes,
            "zip_parts": self.workbook_parts,
            "inflated_bytes": self.workbook_inflated_bytes,
            "cells": self.workbook_cells,
            "text_characters": self.workbook_text_characters,
            "memory_bytes": self.reader_memory_bytes,
            "cpu_seconds": self.reader_cpu_seconds,
            "wall_seconds": self.reader_wall_seconds,
        }

    def identity_providers(self) -> tuple[Provider, ...]:
        """The identity providers. Raises Invalid or OSError where they cannot be read."""
        return read_providers(self.providers)
