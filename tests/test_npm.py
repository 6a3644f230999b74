"""npm's packages, of pages and of checks: pinned with hashes, from no address, run by nothing when they are installed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
(NAMED,) = re.findall(r"^NPM_FOLDERS := (.+)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
FOLDERS = [REPOSITORY / name for name in NAMED.split()]


def lock(folder: Path) -> dict[str, Any]:
    """A folder's pinned packages, by their place."""
    loaded: dict[str, Any] = json.loads((folder / "package-lock.json").read_text())["packages"]
    return loaded


def test_every_folder_of_npm_s_is_made_ready_by_make() -> None:
    found = {path.parent for path in REPOSITORY.glob("*/**/package.json") if "node_modules" not in path.parts}
    found = {folder for folder in found if ".venv" not in folder.parts}
    assert found == set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_every_package_is_pinned_with_a_hash_and_without_an_address(folder: Path) -> None:
    named = json.loads((folder / "package.json").read_text())["dependencies"]
    packages = lock(folder)
    assert packages.pop("")["dependencies"] == named
    assert {f"node_modules/{name}" for name in named} <= set(packages)
    for place, package in packages.items():
        assert package["integrity"].startswith("sha512-"), place
        assert "resolved" not in package, place
        assert not package.get("hasInstallScript"), place
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in named.values())


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_what_is_installed_is_what_is_pinned(folder: Path) -> None:
    for place, package in lock(folder).items():
        if place:
            installed = json.loads((folder / place / "package.json").read_text())
            assert installed["version"] == package["version"], place
