"""What can be said of an adapter by its descriptor alone, as JSON: for the report on it, and for the matrix."""

import json
import sys
from collections.abc import Callable, Iterator
from importlib import resources
from zoneinfo import ZoneInfo

from crmbridge.adapter.hookspecs import AdapterDescriptor
from crmbridge.adapter.lens import Lens
from crmbridge.mapping.compiler import MappingSettings, compile_mapping
from crmbridge.mapping.document import alone, load
from crmbridge.model.errors import CrmBridgeError


def card_of(descriptor: AdapterDescriptor) -> str:
    """The card as JSON. `mapping` is None where there is no default mapping, else what is wrong with it."""
    support = {
        str(capability): {"level": str(told.level), "note": told.note, "note_zh": told.note_zh}
        for capability, told in descriptor.support.items()
    }
    card = {
        "name": descriptor.name,
        "title": descriptor.title,
        "title_zh": descriptor.title_zh,
        "contract_version": descriptor.contract_version,
        "checked_against_docs": descriptor.checked_against_docs,
        "package": descriptor.open.partition(":")[0],
        "options": sorted(descriptor.config.model_fields),
        "login": descriptor.connect is not None,
        "mapping": None if descriptor.default_mapping is None else _problem(descriptor, descriptor.default_mapping),
        "support": support,
    }
    return json.dumps(card, ensure_ascii=False)


def _problem(descriptor: AdapterDescriptor, named: str) -> str:
    """What is wrong with the default mapping; empty where it compiles."""
    package, _, file = named.partition(":")
    top = descriptor.open.partition(":")[0].partition(".")[0]
    try:
        text = (resources.files(package) / file).read_text(encoding="utf-8")
        document = alone(load(text, file=f"{package}/{file}"))
        compile_mapping(document, MappingSettings(ZoneInfo("UTC"), "USD"), lenses=dict(_lenses(top)))
    except (CrmBridgeError, OSError, ImportError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _lenses(top: str) -> Iterator[tuple[str, Callable[..., Lens]]]:
    """The lenses of the adapter's own package, whether it is installed or only on the path."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == top and hasattr(module, "crmbridge_lenses"):
            yield from module.crmbridge_lenses().items()
