from collections.abc import Callable

import pytest

from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.compiler import CompiledMapping
from crmbridge.mapping.objects import CompiledObject
from crmbridge.model.errors import ConfigError, ConfigErrors

Compile = Callable[..., CompiledMapping]
Deal = Callable[..., CompiledObject]


def problems(make: Callable[[], object]) -> list[str]:
    with pytest.raises(ConfigErrors) as error:
        make()
    return [str(problem) for problem in error.value.problems]


def test_everything_wrong_is_told_at_once_with_file_line_and_nearest(compiled: Compile) -> None:
    text = """format = 1
[objects.a]
kind = "acount"
[objects.b]
[objects.c]
kind = "account"
[objects.c.fields]
nme = "Name"
employees = { from = "E", lens = "intger" }
annual_revenue = { from = "R", unti = "M" }
city = { join = "-" }
[objects.c.custom]
x = { from = "X", type = "txt" }
"""
    assert problems(lambda: compiled(text)) == [
        "books.toml:3: objects.a.kind: there is no kind acount (did you mean account?)",
        "books.toml:4: objects.b: kind is missing",
        "books.toml:8: objects.c.fields.nme: account has no field nme (did you mean name?)",
        "books.toml:9: objects.c.fields.employees.lens: there is no lens intger (did you mean integer?)",
        (
            "books.toml:10: objects.c.fields.annual_revenue.unti: "
            "the lens money has no parameter unti (did you mean unit?)"
        ),
        "books.toml:11: objects.c.fields.city: needs either from or value",
        "books.toml:13: objects.c.custom.x.type: there is no type txt (did you mean text?)",
        "books.toml:5: objects.c: account needs a rule for name",
    ]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('amount = { from = "A", unit = "Q" }', "unit cannot be 'Q'"),
        ('amount = { from = "A", decimal = ",", thousands = "," }', "cannot be the same sign"),
        ('amount = { from = "A", currency = "usd" }', "String should match pattern"),
        ('amount = { from = "A", value = "1" }', "needs either from or value"),
        ('amount = { value = "x" }', "x is not a number"),
        ('deal_type = { value = "other" }', "the constant other is no value of this field"),
        ('region = { value = " " }', "the constant   is no value of this field"),
        ('amount = { value = "1", fallback = ["B"] }', "a constant has no fallback"),
        ('region = { from = "A", join = "-" }', "join needs several fields"),
        ('closed_at = { from = "A", format = "%Y-%m" }', "names no whole date"),
        ('closed_at = { from = "A", format = "%Y-%m-%d %Q" }', "%Q is not known"),
        ('closed_at = { from = "A", zone = "Asia/Beijing" }', "there is no time zone Asia/Beijing"),
        ('deal_type = { from = "A", values = { x = "neu" } }', "did you mean new?"),
        ('deal_type = { from = "A", values = { x = "new" }, write = { new = "y" } }', "write names y"),
        ('closed_at = { from = "A", values = { x = "2020" } }', "takes no table of values"),
        ('intent = { from = "A", values = { x = "lots" } }', "lots is not a number"),
        ('region = { from = "A", object = "deals" }', "is no reference"),
        ('account = "A"', "needs object: which account"),
        ('account = { from = "A", object = "deals" }', "deals is no object of account"),
        ('category = "C"', "the stage decides category"),
        ('pipeline = "P"', "the pipeline is no field"),
        ('stage = { from = "S", lens = "text" }', "a stage takes no lens"),
        ('stage = { from = "S", valeus = {} }', "a stage has no parameter valeus"),
        ('stage = { part = "x" }', "needs either from or value"),
        ('stage = { value = "Wonn" }', "did you mean won?"),
        ('amount = { from = "A", when = "closed" }', "when needs a stage"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_its_line(deal: Deal, rule: str, said: str) -> None:
    found = problems(lambda: deal(rule))
    assert len(found) == 1
    assert said in found[0]
    assert "books.toml:" in found[0]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ('pipeline = "sale"', "there is no pipeline sale (did you mean sales?)"),
        ('pipeline = { from = "P", values = { A = "slaes" } }', "there is no pipeline slaes (did you mean sales?)"),
        ('category = { from = "F", values = { A = "wn" } }', "wn is no category (did you mean won?)"),
        ('keys = ["name"]', "only user, account, contact, lead have identity keys"),
    ],
)
def test_an_object_that_cannot_work_is_refused(deal: Deal, head: str, said: str) -> None:
    assert said in problems(lambda: deal('stage = "S"', head=head))[0]


def test_an_object_without_stages_takes_none_of_their_keys(compiled: Compile) -> None:
    text = """format = 1
[objects.a]
kind = "account"
pipeline = "x"
category = { from = "F" }
[objects.a.fields]
name = "N"
"""
    assert [p.split(": ", 2)[2] for p in problems(lambda: compiled(text))] == ["account has no stages"] * 2


def test_a_stage_needs_a_pipeline_and_a_choice_between_several(compiled: Compile, pipeline_text: str) -> None:
    body = '[objects.d]\nkind = "deal"\n[objects.d.fields]\nname = "N"\nstage = "S"\n'
    assert "there is no pipeline for deal" in problems(lambda: compiled("format = 1\n" + body))[0]
    second = '[pipelines.other]\n[[pipelines.other.stages]]\nkey = "x"\ncategory = "open"\n'
    found = problems(lambda: compiled(pipeline_text + second + body))
    assert "deal has several pipelines: name one (write pipeline = ... (one of sales, other))" in found[0]
    constant = body.replace('stage = "S"', 'stage = { value = "x" }').replace(
        '"deal"\n', '"deal"\npipeline = { from = "P" }\n'
    )
    assert "a constant stage needs one pipeline" in problems(lambda: compiled(pipeline_text + second + constant))[0]
    without = compiled(pipeline_text + second + body.replace('stage = "S"\n', "")).object("d")
    assert without.staging is None


def test_stages_that_clash_are_refused(compiled: Compile) -> None:
    text = """format = 1
[pipelines.p]
[[pipelines.p.stages]]
key = "a"
category = "open"
labels = ["X", "Y"]
write_label = "Z"
[[pipelines.p.stages]]
key = "a"
category = "open"
labels = ["W"]
[[pipelines.p.stages]]
key = "b"
category = "won"
labels = ["ｘ"]
[[pipelines.p.stages]]
key = "UNKNOWN"
category = "won"
"""
    assert [p.split(": ", 2)[2] for p in problems(lambda: compiled(text))] == [
        "Z is none of the stage's labels (did you mean X, Y?)",
        "two stages have this key, or it is reserved: a",
        "ｘ stands for two stages, a and b",
        "two stages have this key, or it is reserved: UNKNOWN",
    ]


def test_stage_dates_name_known_stages(deal: Deal) -> None:
    tail = """[objects.deals.stage_dates]
talks = "T"
won = { from = "W", when = "open", format = "%d" }
"""
    found = problems(lambda: deal('stage = "S"', tail=tail))
    assert "there is no stage talks (did you mean talk?)" in found[0]
    assert "names no whole date" in found[1]


def test_custom_fields_are_checked_like_the_others(deal: Deal) -> None:
    tail = """[objects.deals.custom]
x = { from = "X", type = "number", unit = "Q" }
y = { from = "Y", when = "won" }
"""
    found = problems(lambda: deal(tail=tail))
    assert len(found) == 2
    assert "unit cannot be" in found[0]
    assert "when needs a stage" in found[1]


def test_a_pipeline_has_stages(compiled: Compile) -> None:
    assert problems(lambda: compiled("format = 1\n[pipelines.p]\nstages = []\n")) == [
        "books.toml:2: pipelines.p: a pipeline has at least one stage"
    ]


def test_keys_are_mapped_text_fields(compiled: Compile) -> None:
    text = """format = 1
[objects.a]
kind = "account"
keys = ["registration_no", "emails", "employees"]
[objects.a.fields]
name = "N"
registration_no = "R"
emails = "E"
employees = "X"
"""
    assert "employees is no mapped text field" in problems(lambda: compiled(text))[0]
    assert compiled(text.replace(', "employees"]', "]")).object("a").keys == ("registration_no", "emails")


def test_what_an_object_says_of_itself(compiled: Compile, pipeline_text: str) -> None:
    text = (
        pipeline_text
        + """
[objects.users]
kind = "user"
[objects.users.fields]
name = "U"
[objects.deals]
kind = "deal"
category = { from = "Flag", values = { Won = "won" } }
[objects.deals.fields]
name = { from = "N", fallback = ["Id"] }
stage = { from = "S", fallback = ["S2"] }
owner = "O"
amount = { from = "A", currency_from = "Cur" }
region = false
[objects.deals.custom]
c = { from = "C" }
d = false
"""
    )
    found = compiled(text).object("deals")
    assert found.vendor_fields == {"Flag", "N", "Id", "S", "S2", "O", "A", "Cur", "C"}
    assert found.ref_targets == {"owner": ("users",)}
    assert {"stage", "pipeline", "category", "stage_raw", "name"}.isdisjoint(found.unknown)
    assert {"region", "competitor", "vendor_created_at"} <= found.unknown
    assert compiled(text).pipelines[0].stage("won") is not None
    assert [s.order for s in compiled(text).pipelines[0].stages] == [1, 2, 3, 4, 5]
    with pytest.raises(ConfigError, match="did you mean deals"):
        compiled(text).object("deal")


TWO_HOMES = """
[objects.new_deals]
kind = "deal"
optional = true
[objects.new_deals.fields]
name = "N"
[objects.old_deals]
kind = "deal"
[objects.old_deals.fields]
name = "N"
[objects.leads]
kind = "lead"
[objects.leads.fields]
full_name = "N"
converted_deal = { from = "D", object = ["new_deals", "old_deals"] }
"""


def test_a_reference_may_hold_ids_of_several_objects(compiled: Compile, pipeline_text: str) -> None:
    found = compiled(pipeline_text + TWO_HOMES)
    assert found.object("leads").ref_targets == {"converted_deal": ("new_deals", "old_deals")}
    assert [found.object(name).is_optional for name in ("new_deals", "old_deals")] == [True, False]
    with pytest.raises(ConfigErrors, match="leads is no object of deal"):
        compiled(pipeline_text + TWO_HOMES.replace('["new_deals", "old_deals"]', '["new_deals", "leads"]'))


def test_unknown_tells_constant_stages_and_flags_apart(deal: Deal) -> None:
    assert {"stage_raw"} <= deal('stage = { value = "won" }').unknown
    flag = deal(head='category = { from = "F" }').unknown
    assert "stage" in flag
    assert "category" not in flag
    assert {"stage", "category", "stage_raw", "pipeline"} <= deal().unknown


class Shout:
    """A plugin's lens that shouts, and breaks on `boom`."""

    def __init__(self, *, mark: str = "!") -> None:
        if mark == "?":
            raise ValueError("no questions")
        self.mark = mark

    def read(self, value: object) -> object | LensFailure:
        if value == "boom":
            raise RuntimeError("boom")
        return 1.5 if value == "float" else f"{value}{self.mark}"

    def write(self, value: object) -> object | LensFailure:
        if value == "boom":
            raise RuntimeError("boom")
        return str(value).removesuffix(self.mark)


def open_ended(**parameters: object) -> Shout:
    return Shout(mark=str(parameters.get("mark", "!")))


def test_a_plugins_lens_is_used_guarded_and_its_parameters_checked(
    deal: Deal,
    values: Callable[..., dict[str, object]],
    failures: Callable[..., dict[str, str]],
) -> None:
    plugins = {"shout": Shout, "open_ended": open_ended, "none": "no function"}
    rules = (
        'region = { from = "R", lens = "shout", mark = "!!" }',
        'segment = { from = "S", lens = "open_ended", mark = "?!" }',
    )
    found = deal("\n".join(rules), lenses=plugins)
    assert values(found, {"N": "n", "R": "r", "S": "s"})["region"] == "r!!"
    assert failures(found, {"N": "n", "R": "boom"}) == {"region": "the lens {lens} broke: {reason}"}
    assert failures(found, {"N": "n", "R": "float"}) == {"region": "the lens gave {value}, which no {type} is"}
    assert found.write({"region": "r!!"}) == {"R": "r"}
    assert not isinstance(found.write({"region": "boom"}), dict)
    for rule, said in (
        ('lens = "shout", makr = "!"', "the lens shout has no parameter makr (did you mean mark?)"),
        ('lens = "shout", mark = "?"', "the lens shout refuses: ValueError: no questions"),
        ('lens = "none"', "the plugin's lens none is no function"),
        ('lens = "shuot"', "did you mean shout?"),
    ):
        assert said in problems(lambda rule=rule: deal(f'region = {{ from = "R", {rule} }}', lenses=plugins))[0]  # type: ignore[misc]
