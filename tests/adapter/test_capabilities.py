"""What an adapter can do is declared with reasons, and compared with what it has."""

from collections.abc import Callable

import pytest

from crmbridge.adapter.capabilities import FULL, Capability, Level, Support, not_yet, partial, vendor_cannot
from crmbridge.adapter.features import PROTOCOLS, Features
from crmbridge.adapter.hookspecs import AdapterDescriptor, open_adapter
from crmbridge.adapter.registry import discover
from crmbridge.model.errors import ContractError
from crmbridge.testing.memory import (
    DESCRIPTOR,
    MemoryAdapter,
    MemoryHarness,
    MemoryServer,
    MemoryStore,
    connect,
)


def test_full_needs_no_reason() -> None:
    assert Support(Level.FULL) == FULL
    assert FULL.present


@pytest.mark.parametrize("make", [partial, not_yet, vendor_cannot])
@pytest.mark.parametrize(("note", "note_zh"), [("", ""), ("only this", ""), ("", "仅此"), ("  ", "仅此")])
def test_anything_but_full_needs_a_reason_in_both_languages(
    make: Callable[[str, str], Support], note: str, note_zh: str
) -> None:
    with pytest.raises(ContractError, match="in English and in Chinese"):
        make(note, note_zh)


@pytest.mark.parametrize(
    ("support", "is_present"),
    [(partial("a", "甲"), True), (not_yet("a", "甲"), False), (vendor_cannot("a", "甲"), False)],
)
def test_presence_follows_the_level(support: Support, *, is_present: bool) -> None:
    assert support.present is is_present


@pytest.mark.parametrize("descriptor", [DESCRIPTOR, *discover(environ={}).adapters.values()], ids=lambda d: d.name)
def test_every_adapter_declares_every_capability(descriptor: AdapterDescriptor) -> None:
    assert set(descriptor.support) == set(Capability)


def test_powers_are_found_by_looking() -> None:
    assert Features.of(MemoryHarness().open()).powers == set(PROTOCOLS)
    server = MemoryServer(MemoryStore({"deal": ("name",)}))
    assert Features.of(OnlyReads(connect(server))).powers == {Capability.FETCH}


class OnlyReads:
    """An adapter that lets nothing through but reading, and reading by id."""

    def __init__(self, inner: MemoryAdapter) -> None:
        self.check, self.describe, self.pull, self.close = inner.check, inner.describe, inner.pull, inner.close
        self.fetch = inner.fetch


def test_disagreements_name_each_kind_of_lie() -> None:
    features = Features(frozenset({Capability.WRITE, Capability.COUNT}))
    declared = dict.fromkeys(Capability, FULL)
    declared |= {name: not_yet("later", "以后") for name in PROTOCOLS}
    declared[Capability.WRITE] = partial("names only", "仅名称")
    declared[Capability.FETCH] = FULL
    del declared[Capability.CONSENT]
    assert features.disagreements(declared) == [
        "fetch is declared full and is missing",
        "count is declared not yet and is present",
        "consent is not declared",
    ]


def test_capability_that_is_no_method_is_only_declared() -> None:
    declared = dict.fromkeys(Capability, not_yet("later", "以后"))
    assert Features(frozenset()).disagreements(declared) == []


def test_adapter_is_opened_by_its_import_path() -> None:
    harness = MemoryHarness()
    adapter = open_adapter(DESCRIPTOR, harness.open()._context)  # type: ignore[attr-defined]
    assert adapter.check().org_id == "memory-org"
