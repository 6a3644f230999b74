"""Settings: read from the environment, TALLYSTICK_ before each name. The README lists them all."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    contact: str = Field("the programme team", description="Whom reports name as their contact.")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="What is logged.")
    database_connections: int = Field(
        8, ge=2, le=100, description="Connections for deeds, and as many for reading, a worker."
    )
    upload_bytes: int = Field(10_000_000, ge=1, description="The largest workbook taken.")
    upload_wait: float = Field(25.0, ge=0, description="How long an upload's answer waits for its check.")
    readers: int | None = Field(None, ge=1, description="Workbooks read at once; left out, as many as there are cores.")
    wake_seconds: float = Field(20.0, gt=0, description="How often due reports and rounds are looked for.")
    example: bool = Field(False, description="Whether example data are loaded; serve --example sets it.")

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _is_postgresql(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("not a PostgreSQL URL")
        return url

    @property
    def migration_url(self) -> str | None:
        """The URL to migrate with."""
        return self.owner_database_url or self.database_url
