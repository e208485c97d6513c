"""The schema group: what an adapter that makes fields must prove."""

import pytest

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.contract import ManagesSchema
from crmbridge.model.errors import ConfigError, GuardStop
from crmbridge.testing.kit.harness import Harness, Need
from crmbridge.testing.kit.reading import need, opened, pulled, require, seed


class SchemaGroup:
    """`ensure_field`."""

    crmbridge_kit_group = "schema"

    def test_ensuring_twice_makes_one(self, harness: Harness) -> None:
        """By one adapter and by another; the name it gives is always the same."""
        require(harness, Capability.SCHEMA)
        need(harness, Need.NEW_FIELDS)
        seed(harness, 1)
        before = set(harness.fields())
        with opened(harness, read_only=False) as adapter:
            assert isinstance(adapter, ManagesSchema), "schema is declared, and missing"
            names = [adapter.ensure_field(harness.object_name, harness.new_field, "text") for _ in range(2)]
        names.append(_ensure(harness, harness.new_field))
        assert len(set(names)) == 1
        assert len(set(harness.fields()) - before) == 1

    def test_field_that_is_there_is_found(self, harness: Harness) -> None:
        """Made by a person before us, it is used as it is."""
        require(harness, Capability.SCHEMA)
        seed(harness, 1)
        before = dict(harness.fields())
        assert _ensure(harness, harness.field) == harness.field
        assert dict(harness.fields()) == before

    def test_ensured_field_is_one_of_the_record(self, harness: Harness) -> None:
        """Under the name that was given it is described, and comes in payloads."""
        require(harness, Capability.SCHEMA)
        need(harness, Need.NEW_FIELDS)
        (key,) = seed(harness, 1)
        name = _ensure(harness, harness.new_field)
        harness.edit(key, {name: "kept"})
        assert pulled(harness)[key].payload[name] == "kept"
        with opened(harness) as adapter:
            described = adapter.describe().object(harness.object_name)
        assert described is not None
        assert name in {field.name for field in described.fields}

    def test_field_of_another_type_is_a_config_error(self, harness: Harness) -> None:
        """Nothing is made beside it, and the message names the field."""
        require(harness, Capability.SCHEMA)
        seed(harness, 1)
        before = dict(harness.fields())
        with pytest.raises(ConfigError) as caught:
            _ensure(harness, harness.field, "number")
        assert harness.field in str(caught.value)
        assert dict(harness.fields()) == before

    def test_read_only_makes_no_field(self, harness: Harness) -> None:
        """A connection that may not write is refused before anything is sent."""
        require(harness, Capability.SCHEMA)
        seed(harness, 1)
        before = dict(harness.fields())
        with opened(harness, read_only=True) as adapter:
            if isinstance(adapter, ManagesSchema):
                with pytest.raises((ConfigError, GuardStop)):
                    adapter.ensure_field(harness.object_name, harness.new_field, "text")
        assert dict(harness.fields()) == before


def _ensure(harness: Harness, field_name: str, kind: str = "text") -> str:
    with opened(harness, read_only=False) as adapter:
        assert isinstance(adapter, ManagesSchema), "schema is declared, and missing"
        return adapter.ensure_field(harness.object_name, field_name, "number" if kind == "number" else "text")
