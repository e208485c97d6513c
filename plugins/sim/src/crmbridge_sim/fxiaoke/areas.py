"""The dictionary of countries, provinces and cities (dossier 2.4, 3.15: codes; the real numbers are not public)."""

from __future__ import annotations

from typing import Any

from crmbridge_sim.fxiaoke.schema import Option
from crmbridge_sim.world import names

CHINA = "248"


def _countries() -> dict[str, str]:
    foreign = dict.fromkeys(country for _, country, _, _ in names.CITIES)
    return {"中国": CHINA} | {country: str(300 + number) for number, country in enumerate(foreign)}


COUNTRIES = _countries()
CITIES = {city: str(1_000 + number) for number, city in enumerate((*names.PLACE_ZH, *(row[0] for row in names.CITIES)))}
PROVINCES = {city: str(600 + number) for number, city in enumerate(names.PLACE_ZH)}


def options(kind: str) -> list[Option]:
    """The options of a country, province or city field."""
    known = {"country": COUNTRIES, "province": PROVINCES, "city": CITIES}[kind]
    return [Option(code, label) for label, code in known.items()]


def tree() -> dict[str, Any]:
    """``/cgi/crm/countryAreaOptions/get``: one list a level; its shape is ours (dossier 4.2 names only the path)."""
    return {
        kind: {"options": [{"label": one.label, "value": one.value} for one in options(kind)]}
        for kind in ("country", "province", "city")
    }
