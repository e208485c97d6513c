"""What references point at: by what their columns hold, never by names alone where records can be seen."""

from collections.abc import Callable

from crmbridge.mapping.compiler import CompiledMapping
from crmbridge.mapping.document import load
from crmbridge.mapping.guess.rule import Guess

Tables = Callable[..., Guess]
Compile = Callable[..., CompiledMapping]

DEALS = "Deal Id,Deal Name,Account Name,Owner,Stage\n1,a,Acme Ltd,Li Na,Won\n2,b,Bolt,Wang Wei,Lost\n"


def test_values_in_a_key_are_a_link_with_its_share(guessed: Tables, compiled: Compile) -> None:
    made = guessed(deals=DEALS, accounts="Account Name,Industry\nAcme Ltd,steel\nBolt,tools\n")
    assert compiled(made.text).object("deals").ref_targets == {"account": ("accounts",), "owner": ("owners",)}
    assert "# 2 of 2 different values are keys (Account Name) of accounts" in made.text


def test_another_unique_column_becomes_the_key_where_others_name_records_by_it(
    guessed: Tables, compiled: Compile
) -> None:
    made = guessed(deals=DEALS, accounts="Account ID,Account Name\n7,Acme Ltd\n8,Bolt\n")
    assert [(one.object, one.column) for one in made.keys] == [("accounts", "Account Name")]
    assert compiled(made.text).object("deals").ref_targets["account"] == ("accounts",)
    assert 'account_id = { from = "Account ID", type = "text" }' in made.text.splitlines()


def test_a_key_that_ids_point_at_stays(guessed: Tables) -> None:
    deals = "Deal Id,Deal Name,Account Id,Account Name,Stage\n1,a,7,Acme,Won\n2,b,8,Bolt,Lost\n"
    made = guessed(deals=deals, accounts="Account ID,Account Name\n7,Acme\n8,Bolt\n")
    assert not made.keys
    assert load(made.text).body.objects["deals"].fields["account"].source == ("Account Id",)


def test_spellings_that_differ_by_signs_are_put_right_and_others_are_asked_about(guessed: Tables) -> None:
    deals = "id,Deal Name,Product,Stage\n1,a,GTXPro,Won\n2,b,MG-1,Won\n3,c,Zed,Lost\n4,d,Plain,Lost\n"
    made = guessed(deals=deals, products="Product,Price\nGTX Pro,5\nMG-1,6\nPlain,7\n")
    rule = load(made.text).body.objects["deals"].fields["product"]
    assert rule.parameters["values"] == {"GTXPro": "GTX Pro"}
    (note,) = [note for note in made.questions if note.code == "ASK_LINK"]
    assert note.params["examples"] == "Zed"


def test_values_without_a_home_become_objects_of_their_own(guessed: Tables, compiled: Compile) -> None:
    made = guessed(deals=DEALS)
    assert {(one.name, one.column, one.kind) for one in made.projections} == {
        ("owners", "Owner", "user"),
        ("customers", "Account Name", "account"),
    }
    assert {name: one.kind.name for name, one in compiled(made.text).objects.items()} == made.kinds


def test_one_list_of_owners_serves_every_object(guessed: Tables) -> None:
    leads = "Lead Id,Name,Company,Lead Owner\n1,x,y,Li Na\n2,x,y,Wang Wei\n3,x,y,Chen Yu\n"
    made = guessed(deals=DEALS, leads=leads)
    assert [(one.object, one.column) for one in made.projections if one.kind == "user"] == [("leads", "Lead Owner")]
    objects = load(made.text).body.objects
    assert {objects[name].fields["owner"].object for name in ("deals", "leads")} == {"owners"}


def test_a_source_that_takes_no_new_objects_is_asked_to_have_them(guessed: Tables, compiled: Compile) -> None:
    made = guessed(adds_objects=False, deals=DEALS)
    assert not made.projections
    assert [note.params["column"] for note in made.questions if note.code == "ASK_TARGET"] == ["Account Name", "Owner"]
    assert '# owner = { from = "Owner", object = "?" }' in made.text.splitlines()
    assert 'owner = { from = "Owner", type = "text" }' in made.text.splitlines()
    assert compiled(made.text).object("deals").ref_targets == {}


def test_persons_that_own_deals_are_users(guessed: Tables, compiled: Compile) -> None:
    made = guessed(deals=DEALS, people="Name,Email,Reports To\nLi Na,a@b.c,\nWang Wei,d@e.f,Li Na\n")
    found = compiled(made.text)
    assert found.object("people").kind.name == "user"
    assert found.object("deals").ref_targets["owner"] == ("people",)
    assert found.object("people").ref_targets == {"manager": ("people",)}


def test_a_name_that_is_taken_gets_a_number(guessed: Tables) -> None:
    made = guessed(deals=DEALS, Owners="Foo,Bar\n1,2\n")
    assert {one.name for one in made.projections} == {"owners_2", "customers"} or "Owners" in made.kinds
