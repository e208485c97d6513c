"""The mappings of the simulated CRMs, compiled once: each calls our fields something else."""

from collections.abc import Mapping
from functools import cache
from zoneinfo import ZoneInfo

from crmbridge.mapping.compiler import CompiledMapping, MappingSettings, compile_mapping
from crmbridge.mapping.document import load
from crmbridge.testing.world.adapter import OBJECT
from crmbridge.testing.world.habits import FIELDS, KEY, MARK

KIND = "account"
ZONE = ZoneInfo("UTC")
_OURS = {MARK: "website", "name": "name", "city": "city", "phone": "region"}
"""Which neutral field each of the world's fields is; the phone is a text behind the lens of phones."""


def names(crm: str) -> Mapping[str, str]:
    """What that CRM calls the fields."""
    return {name: f"{name}_{crm}" for name in (MARK, *FIELDS, KEY)}


def field_of(neutral: str) -> str | None:
    """The world's name of a neutral field."""
    return next((name for name, ours in _OURS.items() if ours == neutral), None)


@cache
def compiled(crm: str, *, has_keys: bool = False) -> CompiledMapping:
    """The mapping of that CRM; with `has_keys` a record is known by its mark."""
    own = names(crm)
    lines = [f'{neutral} = "{own[name]}"' for name, neutral in _OURS.items() if name != "phone"]
    phone = f'{_OURS["phone"]} = {{ from = "{own["phone"]}", lens = "phone" }}'
    head = ["format = 1", f"[objects.{OBJECT}]", f'kind = "{KIND}"']
    head += [f'keys = ["{_OURS[MARK]}"]'] * has_keys
    text = "\n".join([*head, f"[objects.{OBJECT}.fields]", *lines, phone])
    return compile_mapping(load(text, file=f"{crm}.toml"), MappingSettings(ZONE, "EUR"))
