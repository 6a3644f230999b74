"""Settings: read from the environment, TALLYSTICK_ before each name. The README lists them all."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from grants.domain.providers import Provider
from grants.provider_settings import read_providers


class Settings(BaseSettings):
    """What an installation may choose. Sizes are in bytes, times in seconds."""

    model_config = SettingsConfigDict(env_prefix="TALLYSTICK_", extra="ignore")

    database_url: str | None = Field(
        None, repr=False, description="PostgreSQL for the service; without it the service starts its own."
    )
    owner_database_url: str | None = Field(
        None, repr=False, description="PostgreSQL as the owner of the tables, for migrations."
    )
    data_dir: Path | None = Field(None, description="Where the service's own PostgreSQL and its secrets are kept.")
    base_url: str = Field("http://127.0.0.1:8000", description="The address that people reach the service at.")
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
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="What is logged.")
    database_connections: int = Field(
        8, ge=2, le=100, description="Connections for deeds, and as many for reading, a worker."
    )
    upload_bytes: int = Field(10_000_000, ge=1, description="The largest workbook taken.")
    upload_wait: float = Field(25.0, ge=0, description="How long an upload's answer waits for its check.")
    requests_a_minute: int = Field(
        600,
        ge=0,
        description="Requests that a person may make in a minute, over all replicas; 0: as many as they like.",
    )
    readers: int | None = Field(None, ge=1, description="Workbooks read at once; left out, as many as there are cores.")
    wake_seconds: float = Field(20.0, gt=0, description="How often due reports and rounds are looked for.")
    checkpoint_dir: Path | None = Field(
        None,
        description="Where signed checkpoints are put; left out, checkpoints in the data folder. Name a place out of the database's reach.",
    )
    checkpoint_seconds: float = Field(3600.0, gt=0, description="How often, if the journal has grown.")
    providers: str | None = Field(
        None, repr=False, description="Identity providers to sign in with: a TOML file, or JSON in the variable itself."
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

    @property
    def migration_url(self) -> str | None:
        """The URL to migrate with."""
        return self.owner_database_url or self.database_url

    def identity_providers(self) -> tuple[Provider, ...]:
        """The identity providers. Raises Invalid or OSError where they cannot be read."""
        return read_providers(self.providers)
