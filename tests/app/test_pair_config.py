"""`[pairs.NAME]`: wrong names are told with their line and the nearest, and no edit can go round."""

import pytest
from tests.app.company import Company

from crmbridge.app.config import load
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.sync.twoway.merging import Policy, Side
from crmbridge.sync.twoway.mirror import Mirror

SHOP = '\n[connections.shop]\nadapter = "csv"\npath = "shop"\n[connections.third]\nadapter = "csv"\npath = "third"\n'
MAIN = '[pairs.main]\nleft = "books"\nright = "shop"\nkinds = ["deal", "account"]\n'


def written(company: Company, text: str) -> None:
    file = company.folder / "crmbridge.toml"
    file.write_text(file.read_text(encoding="utf-8") + SHOP + text, encoding="utf-8")


def problems(company: Company, text: str) -> list[str]:
    written(company, text)
    with pytest.raises(ConfigErrors) as caught:
        load(company.folder, {})
    return [str(problem) for problem in caught.value.problems]


def test_a_pair_says_what_is_kept_in_step(company: Company) -> None:
    written(company, MAIN + 'policy = "newest"\ncreates = "right"\n[pairs.main.fields]\n"deal.stage" = "left"\n')
    workspace = load(company.folder, {})
    pair = workspace.pair("main")
    assert (pair.connections, pair.ordered_kinds, pair.policy) == (("books", "shop"), ("account", "deal"), "newest")
    assert (pair.policies, pair.creating, pair.deletes) == ({"deal.stage": Policy.LEFT}, frozenset({Side.RIGHT}), False)
    assert workspace.paired_kinds("shop") == {"deal", "account"}
    assert workspace.paired_kinds("third") == frozenset()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (MAIN.replace('"shop"', '"shoop"'), "crmbridge.toml:25: pairs.main.right: there is no connection shoop"),
        (MAIN.replace('"account"', '"acount"'), "pairs.main.kinds: there is no kind acount (did you mean account?)"),
        (MAIN + 'polcy = "left"\n', "crmbridge.toml:27: unknown key pairs.main.polcy (did you mean policy?)"),
        (MAIN + 'policy = "lefft"\n', "pairs.main.policy cannot be 'lefft' (did you mean left?)"),
        (MAIN + '[pairs.main.fields]\nstagee = "left"\n', "crmbridge.toml:28: pairs.main.fields.stagee: stagee is no"),
        (
            MAIN + '[pairs.main.fields]\n"lead.name" = "left"\n',
            "pairs.main.fields.lead.name: the pair has no kind lead",
        ),
        (MAIN + '[pairs.main.fields]\ntier = "left"\n', "tier is no field that is kept in step"),
        (
            MAIN + '[pairs.main.only]\nstagee = ["x"]\n',
            "pairs.main.only.stagee: stagee is no field that is kept in step",
        ),
        (
            MAIN.replace('"account"', '"task"') + '[pairs.main.only]\nstatus = ["opn"]\n',
            "pairs.main.only.status: opn is no value of it (did you mean open?)",
        ),
        (MAIN.replace('"shop"', '"books"'), "books cannot be kept in step with itself"),
        (MAIN.replace('kinds = ["deal", "account"]\n', ""), "pairs.main.kinds is missing"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_nearest(company: Company, text: str, told: str) -> None:
    assert any(told in problem for problem in problems(company, text)), problems


def test_two_pairs_over_the_same_connections_are_refused(company: Company) -> None:
    again = '[pairs.back]\nleft = "shop"\nright = "books"\nkinds = ["lead"]\n'
    (told,) = problems(company, MAIN + again)
    assert told == (
        "crmbridge.toml:27: pairs.back: shop and books are the pair main already "
        "(give one of them more kinds, and take the other out)"
    )


ON = '[pairs.on]\nleft = "shop"\nright = "third"\nkinds = ["deal"]\n'


def test_a_ring_is_refused_by_its_name_and_a_chain_is_not(company: Company) -> None:
    ring = '[pairs.round]\nleft = "third"\nright = "books"\nkinds = ["lead", "deal"]\n'
    (told,) = problems(company, MAIN + ON + ring)
    assert told == (
        "crmbridge.toml:31: pairs.round makes a ring for records of the kind deal: third - shop - books - third "
        "(take deal out of one of them (pairs.round, or on, main))"
    )
    file = company.folder / "crmbridge.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(ring, ""), encoding="utf-8")
    assert sorted(load(company.folder, {}).config.pairs) == ["main", "on"]


def test_what_goes_round_for_no_kind_is_no_ring(company: Company) -> None:
    written(company, MAIN + ON + '[pairs.round]\nleft = "third"\nright = "books"\nkinds = ["contact", "account"]\n')
    assert sorted(load(company.folder, {}).config.pairs) == ["main", "on", "round"]


def test_a_pair_that_is_not_there_is_told_with_the_nearest(company: Company) -> None:
    written(company, MAIN)
    with pytest.raises(ConfigError, match=r"no pair mian in crmbridge.toml \(known: main"):
        load(company.folder, {}).pair("mian")


def test_where_there_is_no_pair_the_next_step_is_to_add_one(company: Company) -> None:
    with pytest.raises(ConfigError, match=r"no pair main in crmbridge.toml \(add \[pairs.NAME\]\)"):
        load(company.folder, {}).pair("main")


def test_what_is_made_and_where_is_a_mirror(company: Company) -> None:
    more = 'remakes = true\ndeletes = "cancel"\nonly = { "deal.name" = ["a"] }\n'
    more += 'boards = { North = "deals", "*" = "deals" }\n'
    written(company, MAIN + more)
    mirror = load(company.folder, {}).pair("main").mirror
    assert (mirror.remakes, mirror.cancels, dict(mirror.boards)) == (True, True, {"North": "deals", "*": "deals"})
    assert mirror.wants("deal", {"name": "a"})
    assert not mirror.wants("deal", {"name": "b"})
    assert mirror.wants("account", {"name": "b"})
    assert not mirror.wants("deal", {}), "nobody says so"
    anywhere = Mirror({"status": ("open",)})
    assert anywhere.wants("note", {}), "a note has none"
    assert not anywhere.wants("task", {}), "unknown is not open"


def test_what_is_put_back_may_not_be_handed_on(company: Company) -> None:
    owned = MAIN + 'fields = { "account.name" = "left-owns" }\n'
    onward = '[pairs.on]\nleft = "shop"\nright = "third"\nkinds = ["account"]\n'
    (told,) = problems(company, owned + onward)
    assert told == (
        "crmbridge.toml:23: pairs.main: what shop changes is put back, and the pair on hands it on"
        " (take -owns out of pairs.main, or shop out of on)"
    )


def test_a_side_that_owns_may_be_in_many_pairs(company: Company) -> None:
    owned = MAIN + 'fields = { "account.name" = "left-owns" }\n'
    written(company, owned + '[pairs.on]\nleft = "books"\nright = "third"\nkinds = ["account"]\npolicy = "left-owns"\n')
    assert load(company.folder, {}).pair("on").policy == "left-owns"
