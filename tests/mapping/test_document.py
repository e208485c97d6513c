from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crmbridge.mapping.compiler import CompiledMapping, MappingSettings, compile_mapping
from crmbridge.mapping.document import MappingDocument, load, overlay
from crmbridge.mapping.rules import ChoiceRule
from crmbridge.model.errors import ConfigError, ConfigErrors

DEFAULT = """format = 1
[objects.Deals]
kind = "deal"
[objects.Deals.fields]
name = "Deal_Name"
amount = { from = "Amount", currency = "USD" }
source = "Lead_Source"
region = "Region"
[pipelines.sales]
[[pipelines.sales.stages]]
key = "a"
category = "open"
"""


def text_of(error: pytest.ExceptionInfo[ConfigError]) -> list[str]:
    raised = error.value
    return [str(one) for one in raised.problems] if isinstance(raised, ConfigErrors) else [str(raised)]


def test_every_problem_of_the_shape_is_told_at_once_with_line_and_nearest() -> None:
    text = """format = 1

[objects.deals]
kin = "deal"

[pipelines.p]
[[pipelines.p.stages]]
key = "a"
category = "opn"
"""
    with pytest.raises(ConfigErrors) as error:
        load(text, file="m.toml")
    assert text_of(error) == [
        "m.toml:9: pipelines.p.stages.0.category cannot be 'opn' (did you mean open?)",
        "m.toml:4: unknown key objects.deals.kin (did you mean kind?)",
    ]


def test_no_toml_and_no_file_and_no_utf8_say_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"m\.toml is not valid TOML"):
        load("format = ", file="m.toml")
    with pytest.raises(ConfigError, match=r"gone\.toml cannot be read"):
        load(tmp_path / "gone.toml", file="gone.toml")
    (tmp_path / "m.toml").write_bytes("# 销售".encode("gb18030"))
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "m.toml")


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_bytes(b"\xef\xbb\xbfformat = 1\n")
    assert load(tmp_path / "m.toml").body.format == 1


def test_overlay_merges_rules_and_keeps_where_each_comes_from() -> None:
    own_text = """format = 1
[objects.Deals.fields]
amount = { currency = "EUR" }
source = { value = "web" }
region = false
name = { part = "x" }
competitor = "C"
"""
    own = load(own_text, file="own.toml")
    merged = overlay(load(DEFAULT, file="default.toml"), own)
    fields = merged.body.objects["Deals"].fields
    assert fields["amount"].source == ("Amount",)
    assert fields["amount"].parameters == {"currency": "EUR"}
    assert fields["source"].source == ()
    assert fields["region"].unmapped
    assert fields["name"].source == ("Deal_Name",)
    assert str(merged.origin("objects", "Deals", "fields", "amount", "currency")) == "own.toml:3"
    assert str(merged.origin("objects", "Deals", "fields", "amount", "from")) == "default.toml:6"
    assert merged.origin("objects", "Deals", "fields", "competitor").layer == "own"
    assert merged.origin("objects", "Deals", "kind").layer == "default"
    assert str(merged.origin("pipelines", "sales", "stages", 0, "key")) == "default.toml:11"
    assert str(merged.origin("nothing", 3)) == "own.toml:1"


def test_overlay_replaces_lists_whole_and_other_values_outright() -> None:
    own_text = """format = 1
[objects.Deals]
kind = "lead"
pipeline = { from = "P" }
[pipelines.sales]
[[pipelines.sales.stages]]
key = "b"
category = "won"
"""
    own = load(own_text, file="own.toml")
    below = load(DEFAULT.replace('kind = "deal"\n', 'kind = "deal"\npipeline = "sales"\n'), file="default.toml")
    body = overlay(below, own).body
    assert [stage.key for stage in body.pipelines["sales"].stages] == ["b"]
    assert body.objects["Deals"].kind == "lead"
    assert body.objects["Deals"].pipeline != "sales"


def test_who_drops_a_field_drops_the_key_that_the_default_has_on_it() -> None:
    default = load(
        'format = 1\n[objects.people]\nkind = "contact"\nkeys = ["emails", "phones"]\n'
        '[objects.people.fields]\nfull_name = "name"\nemails = "mail"\nphones = "tel"\n',
        file="default.toml",
    )
    dropped = load("format = 1\n[objects.people.fields]\nemails = false\n", file="own.toml")
    assert overlay(default, dropped).body.objects["people"].keys == ("phones",)
    named = load('format = 1\n[objects.people]\nkeys = ["emails"]\n', file="own.toml")
    assert overlay(default, named).body.objects["people"].keys == ("emails",)


def test_overlay_without_a_default_is_the_own_mapping() -> None:
    own = load(DEFAULT, file="own.toml")
    assert overlay(None, own) is own


def hash_of(document: MappingDocument, zone: str = "UTC", currency: str = "USD") -> str:
    return compile_mapping(document, MappingSettings(ZoneInfo(zone), currency)).hash


def test_hash_is_blind_to_order_spacing_and_comments_and_sees_everything_else() -> None:
    one = load('format = 1\n[objects.a]\nkind = "account"\n[objects.a.fields]\nname = "N"\ncity = "C"\n', file="a")
    same_text = """
format = 1

[objects.a.fields]   # the fields come first
city = { from = ["C"] }
name   = "N"
[objects.a]
kind = 'account'
"""
    same = load(same_text, file="b")
    other = load('format = 1\n[objects.a]\nkind = "account"\n[objects.a.fields]\nname = "N"\ncity = "D"\n', file="a")
    assert hash_of(one) == hash_of(same)
    assert len({hash_of(one), hash_of(other), hash_of(one, "Asia/Shanghai"), hash_of(one, currency="CNY")}) == 4


def test_a_value_of_decimal_enters_the_hash(compiled: Callable[..., CompiledMapping]) -> None:
    text = 'format = 1\n[objects.u]\nkind = "user"\n[objects.u.fields]\nname = "N"\nramp = { value = 0.5 }\n'
    assert compiled(text).hash != compiled(text.replace("0.5", "0.6")).hash


def test_a_pipeline_that_is_told_by_another_field_stands_for_itself() -> None:
    below = load(
        'format = 1\n[objects.d]\nkind = "deal"\npipeline = { from = "label", values = { "Renew" = "renewal" } }\n',
        file="a",
    )
    own = load('format = 1\n[objects.d]\npipeline = { from = "process", values = { "7" = "renewal" } }\n', file="b")
    rule = overlay(below, own).body.objects["d"].pipeline
    assert isinstance(rule, ChoiceRule)
    assert (rule.source, dict(rule.values)) == ("process", {"7": "renewal"})


LIKE = """format = 1
[objects.second]
like = "Deals"
fields.region = false
fields.name = "Title"
"""


def test_an_object_that_is_like_another_has_its_rules_with_its_own_on_top() -> None:
    found = overlay(load(DEFAULT, file="default"), load(LIKE, file="m.toml"))
    second = found.body.objects["second"]
    assert second.kind == "deal"
    assert {name for name, rule in second.fields.items() if not rule.unmapped} == {"name", "amount", "source"}
    assert second.fields["name"].source == ("Title",)
    assert second.fields["amount"] == found.body.objects["Deals"].fields["amount"]
    assert str(found.origin("objects", "second", "fields", "name")) == "m.toml:5"


def test_an_object_may_be_like_one_of_the_same_file() -> None:
    text = 'format = 1\n[objects.a]\nkind = "task"\nfields.title = "T"\n[objects.b]\nlike = "a"\nfields.content = "C"\n'
    found = overlay(None, load(text, file="m.toml")).body.objects["b"]
    assert found.kind == "task"
    assert set(found.fields) == {"title", "content"}


def test_an_object_that_is_like_none_names_the_nearest() -> None:
    for wrong in ("Deal", "second"):
        with pytest.raises(ConfigError, match=r"m\.toml:3: .*no object .* to be like.*mean Deals") as error:
            overlay(load(DEFAULT), load(LIKE.replace('"Deals"', f'"{wrong}"'), file="m.toml"))
        assert error.value.context["key"] == "objects.second.like"
