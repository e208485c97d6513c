"""Basic group, first part: who the adapter is and what it says about itself and its source."""

import importlib

import pytest

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.contract import Adapter, PullRequest, accepted_versions
from crmbridge.adapter.courtesies import DescribesPart
from crmbridge.adapter.features import Features
from crmbridge.model.errors import ConfigError
from crmbridge.testing.kit.harness import Harness
from crmbridge.testing.kit.reading import decline, opened, seed


class Describing:
    """The descriptor, `check` and `describe`."""

    crmbridge_kit_group = "basic"

    def test_descriptor_speaks_the_contract(self, harness: Harness) -> None:
        """Its version is accepted by the core, and its import path leads to something that opens."""
        descriptor = harness.descriptor
        assert descriptor.contract_version in accepted_versions()
        assert descriptor.name == descriptor.name.strip().lower(), "the name is what people write in crmbridge.toml"
        assert descriptor.title, "people read the title"
        assert descriptor.title_zh, "people read the title, in Chinese too"
        module_name, _, attribute = descriptor.open.partition(":")
        assert callable(getattr(importlib.import_module(module_name), attribute, None)), (
            f"{descriptor.open} is not the import path of a callable"
        )

    def test_declared_support_is_complete(self, harness: Harness) -> None:
        """Every capability is declared, and the declaration is what the opened adapter can do."""
        with opened(harness, read_only=False) as adapter:
            assert isinstance(adapter, Adapter), "the adapter lacks a mandatory method"
            assert Features.of(adapter).disagreements(dict(harness.descriptor.support)) == []

    def test_check_says_who_it_is(self, harness: Harness) -> None:
        """The account behind the connection is the same each time, so that another one can be noticed."""
        with opened(harness) as adapter:
            health = adapter.check()
            assert health.ok, health.problems
            assert health.org_id
            assert health.title
        with opened(harness) as again:
            assert again.check().org_id == health.org_id

    def test_describe_is_stable(self, harness: Harness) -> None:
        """Two descriptions of an unchanged source are equal, from one adapter and from two."""
        seed(harness, 1)
        with opened(harness) as adapter, opened(harness) as other:
            described = adapter.describe()
            assert adapter.describe() == described
            assert other.describe() == described

    def test_a_part_is_described_as_in_the_whole(self, harness: Harness) -> None:
        """What an adapter tells of one object by itself is what it tells of it among all."""
        seed(harness, 1)
        with opened(harness) as adapter:
            if not isinstance(adapter, DescribesPart):
                decline("it describes everything at once")
            part = adapter.describe_part(frozenset({harness.object_name, "no such object"}))
            whole = adapter.describe()
        assert [found.name for found in part.objects] == [harness.object_name]
        assert part.object(harness.object_name) == whole.object(harness.object_name)
        assert set(part.pipelines) <= set(whole.pipelines)
        assert part.limits == whole.limits

    def test_describe_survives_json(self, harness: Harness) -> None:
        """A catalog is stored and compared later, so it comes back from JSON equal."""
        with opened(harness) as adapter:
            described = adapter.describe()
        assert Catalog.model_validate_json(described.model_dump_json()) == described

    def test_describe_names_what_is_read(self, harness: Harness) -> None:
        """The catalog has each object and field once, among them those the kit works on."""
        seed(harness, 1)
        with opened(harness) as adapter:
            described = adapter.describe()
        names = [found.name for found in described.objects]
        assert len(names) == len(set(names))
        found = described.object(harness.object_name)
        assert found, f"{harness.object_name} is not among {names}"
        fields = [info.name for info in found.fields]
        assert len(fields) == len(set(fields))
        assert {harness.field, harness.other_field} <= set(fields)
        assert described.limits.page_size > 0
        assert described.limits.batch_size > 0

    def test_unknown_object_is_a_config_error(self, harness: Harness) -> None:
        """A wrong name in a mapping is told, never read as an object without records."""
        with opened(harness) as adapter, pytest.raises(ConfigError) as caught:
            list(adapter.pull(PullRequest("no such object")))
        assert "no such object" in str(caught.value), "the message does not say which name is wrong"
