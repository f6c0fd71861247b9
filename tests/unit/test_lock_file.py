"""The lock file satisfies pyproject.toml: a requirement changed in one alone breaks set-up."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


def _locked() -> dict[str, str]:
    pins = {}
    for line in (ROOT / "deploy/requirements.txt").read_text().splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            name, _, version = line.removesuffix("\\").split(";")[0].strip().partition("==")
            pins[canonicalize_name(name.split("[")[0])] = version
    return pins


def _required() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["dev"]]


@pytest.mark.parametrize("wanted", _required())
def test_the_lock_file_satisfies(wanted: str) -> None:
    requirement = Requirement(wanted)
    version = _locked().get(canonicalize_name(requirement.name))
    assert version is not None, f"run `make lock`: {requirement.name} is not locked"
    assert requirement.specifier.contains(version, prereleases=True), (
        f"run `make lock`: {requirement} is locked at {version}"
    )


def test_the_optional_driver_is_locked_apart() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = (ROOT / "deploy/requirements-pyvoip.txt").read_text()
    (extra,) = project["optional-dependencies"]["pyvoip"]
    assert locked.startswith(extra.lower())
    assert "pyvoip" not in _locked()
