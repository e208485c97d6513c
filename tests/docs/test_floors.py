"""The house is as the pages draw it: its floors, what the floors may not know, and how large its files are."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.docs.pages import ROOT, text_of

SOURCE = ROOT / "src" / "crmbridge"
PROJECT: dict[str, Any] = tomllib.loads(text_of(ROOT / "pyproject.toml"))
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]
FLOORS = [part.strip() for layer in CONTRACTS[0]["layers"] for part in layer.split("|")]
"""From the top to the bottom."""

BELOW_REPORT = FLOORS[FLOORS.index("report") + 1 :]
VENDORS = re.compile(r"zoho|fxiaoke|纷享|salesforce|hubspot|pipedrive", re.IGNORECASE)
VENDORS_ALLOWED = {
    "adapter/registry.py": "OWN_DISTRIBUTIONS: the distributions that load without being listed",
}
"""Files that may name a vendor, and why."""

DOORS = {
    "sqlalchemy": {"ledger"},
    "duckdb": {"facts", "services"},
    "typer": {"cli"},
    "rich": {"cli"},
    "httpx": {"http", "testing"},
    "tenacity": {"http", "testing"},
}
"""The floors that alone may use a library; the contracts in pyproject.toml enforce it."""

LONGEST = 400
LONGER_ALLOWED = {
    "adapter/contract.py": "what an adapter is and may do: one page to look at, hardly anything in it runs",
    "ledger/schema.py": "every table of the ledger: one page to look at, nothing in it runs",
}
"""Files above the limit, and why."""


def test_the_floors_are_the_packages() -> None:
    packages = {folder.name for folder in SOURCE.iterdir() if (folder / "__init__.py").exists()}
    assert packages == {*FLOORS, "testing"}


def test_the_page_of_the_architecture_lists_the_floors_in_order() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| .+ \| (.*?) ?\|$", text_of(ROOT / "docs/explanation/architecture.md"), re.MULTILINE
    )
    assert [name for name, _ in rows] == FLOORS
    said = {name: set(re.findall("|".join(DOORS), doors)) for name, doors in rows}
    assert said == {floor: {library for library, floors in DOORS.items() if floor in floors} for floor in FLOORS}


def test_the_drawing_of_the_house_has_the_floors_in_order() -> None:
    drawing = text_of(ROOT / "CONTRIBUTING.md").split("```")[1]
    heights = [re.search(rf"\b{layer.split('|')[0].strip()}\b", drawing) for layer in CONTRACTS[0]["layers"]]
    found = [height.start() for height in heights if height]
    assert len(found) == len(heights)
    assert found == sorted(found)


def test_every_heavy_library_has_the_doors_that_its_contract_says() -> None:
    for library, allowed in DOORS.items():
        closed = next(one["source_modules"] for one in CONTRACTS if library in one.get("forbidden_modules", ()))
        open_floors = {*FLOORS, "testing"} - {module.removeprefix("crmbridge.") for module in closed}
        assert open_floors == allowed, library


def vendor_lines(file: Path) -> list[str]:
    return [line.strip() for line in text_of(file).splitlines() if VENDORS.search(line)]


@pytest.mark.parametrize("floor", BELOW_REPORT)
def test_no_floor_from_model_to_services_names_a_vendor(floor: str) -> None:
    files = [file for file in (SOURCE / floor).rglob("*") if file.suffix in {".py", ".sql", ".toml"}]
    assert files
    named = {file.relative_to(SOURCE).as_posix(): vendor_lines(file) for file in files if vendor_lines(file)}
    assert not {name: lines for name, lines in named.items() if name not in VENDORS_ALLOWED}


@pytest.mark.parametrize("name", VENDORS_ALLOWED)
def test_every_file_that_may_name_a_vendor_does_so_in_one_line(name: str) -> None:
    (line,) = vendor_lines(SOURCE / name)
    assert line.startswith(VENDORS_ALLOWED[name].partition(":")[0])


def sizes() -> dict[str, int]:
    places = {SOURCE: "", **{folder: folder.parents[1].name + "/" for folder in ROOT.glob("plugins/*/src/*")}}
    return {
        prefix + file.relative_to(place).as_posix(): len(text_of(file).splitlines())
        for place, prefix in places.items()
        for file in place.rglob("*.py")
    }


def test_no_file_is_long_without_a_reason() -> None:
    long = {name: size for name, size in sizes().items() if size > LONGEST}
    assert not {name: size for name, size in long.items() if name not in LONGER_ALLOWED}
    assert long.keys() == LONGER_ALLOWED.keys(), "a reason for a file that is no longer long"
    assert max(long.values(), default=0) <= 600


def test_half_of_the_files_are_small() -> None:
    ordered = sorted(sizes().values())
    assert ordered[len(ordered) // 2] <= 150
