"""Reading what TALLYSTICK_PROVIDERS names: a TOML file, or JSON in the variable itself; secrets may stay in files of their own."""

import json
import tomllib
from pathlib import Path
from typing import Any, Final

from grants.domain.errors import Invalid
from grants.domain.providers import Provider, providers_of

_SECRETS: Final = ("client_secret", "client_key")
_FILE_BYTES: Final = 100_000


def read_providers(setting: str | None) -> tuple[Provider, ...]:
    """The identity providers of a setting; none where there is no setting.

    Raises Invalid with a sentence where they are not as they should be, OSError where a file cannot be read.
    """
    if setting is None or not setting.strip():
        return ()
    folder = Path()
    try:
        if setting.lstrip().startswith("{"):
            tables: Any = json.loads(setting)
        else:
            path = Path(setting)
            tables, folder = tomllib.loads(_text(path)), path.parent
    except (ValueError, RecursionError):
        raise Invalid("providers", "TALLYSTICK_PROVIDERS names no file of TOML, and is no JSON object.") from None
    if not isinstance(tables, dict) or set(tables) - {"provider"}:
        raise Invalid(
            "providers", "TALLYSTICK_PROVIDERS holds something besides providers. Begin each with [[provider]]."
        )
    listed = tables.get("provider", [])
    if isinstance(listed, list):
        listed = [_with_secrets(one, folder) if isinstance(one, dict) else one for one in listed]
    return providers_of(listed)


def _with_secrets(table: dict[str, object], folder: Path) -> dict[str, object]:
    """The table with the contents of the files that it names for its secrets, relative to the file that it stands in."""
    read = dict(table)
    for name in _SECRETS:
        file = read.pop(f"{name}_file", None)
        if isinstance(file, str) and name not in read:
            read[name] = _text(folder / file).strip()
        elif file is not None:
            raise Invalid("providers", f"Give {name}, or {name}_file that names a file: one of the two, as text.")
    return read


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_FILE_BYTES).decode()
