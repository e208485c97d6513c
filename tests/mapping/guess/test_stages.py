"""What labels of stages mean, and which are asked about."""

from collections.abc import Callable

import pytest

from crmbridge.mapping.compiler import CompiledMapping
from crmbridge.mapping.guess.rule import Guess
from crmbridge.mapping.guess.stages import category_by_word, dated_stage, guess_stages, stage_questions
from crmbridge.mapping.outcome import Mapped

Tables = Callable[..., Guess]
Compile = Callable[..., CompiledMapping]


def order(*labels: str) -> list[tuple[str, str]]:
    return [(one.labels[0], one.category) for one in guess_stages(dict.fromkeys(labels, 1))]


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        (
            ["Closed Won", "Negotiation/Review", "Qualification", "Closed Lost", "Needs Analysis"],
            ["Qualification", "Needs Analysis", "Negotiation/Review", "Closed Won", "Closed Lost"],
        ),
        (
            ["contractsent", "closedwon", "appointmentscheduled", "qualifiedtobuy", "closedlost"],
            ["appointmentscheduled", "qualifiedtobuy", "contractsent", "closedwon", "closedlost"],
        ),
        (["Proposal Made", "Lead In", "Contact Made"], ["Lead In", "Contact Made", "Proposal Made"]),
        (
            ["赢单", "商务谈判", "输单", "需求确认", "初步接触", "无效"],
            ["初步接触", "需求确认", "商务谈判", "赢单", "输单", "无效"],
        ),
        (["2-谈判", "1-报价", "3-赢单"], ["1-报价", "2-谈判", "3-赢单"]),
        (["10. Close to it", "2. Odd", "1. Strange"], ["1. Strange", "2. Odd", "10. Close to it"]),
        (["Zeta", "Prospecting", "Alpha"], ["Prospecting", "Alpha", "Zeta"]),
    ],
)
def test_labels_are_put_in_order(labels: list[str], wanted: list[str]) -> None:
    assert [label for label, _ in order(*labels)] == wanted


@pytest.mark.parametrize(
    ("label", "category"),
    [
        ("Closed Won", "won"),
        ("Deal lost to budget", "lost"),
        ("Loss", "lost"),
        ("Win", "won"),
        ("Window shopping", "open"),
        ("赢单关闭", "won"),
        ("客户流失", "lost"),
        ("作废单", "void"),
        ("待成交", "open"),
        ("Pending Contract", "open"),
        ("Onboarding", "post_sale"),
        ("Something", "open"),
    ],
)
def test_words_tell_what_no_list_knows(label: str, category: str) -> None:
    assert order(label) == [(label, category)]
    assert category_by_word(label)[0] in {category, "open"}


def test_what_is_not_known_is_asked_one_by_one() -> None:
    stages = guess_stages({"Qualification": 1, "Zeta": 2, "Closed Won": 3})
    notes = stage_questions("deals", "Stage", stages)
    assert [note.code for note in notes] == ["ASK_STAGE", "ASK_OUTCOME"]
    assert (notes[0].params["label"], notes[1].params["missing"]) == ("Zeta", "lost")


def test_keys_are_different_and_plain() -> None:
    keys = [one.key for one in guess_stages({"A b": 1, "a-B": 1, "Unknown": 1, "阶段甲": 1, "Won": 1, "Closed Won": 1})]
    assert len(set(keys)) == len(keys)
    assert "unknown" not in keys
    assert all(key.isascii() for key in keys)


@pytest.mark.parametrize(
    ("header", "stage"),
    [
        ("engage_date", "Engaging"),
        ("Date entered Engaging", "Engaging"),
        ("进入需求确认阶段时间", "需求确认"),
        ("Created", None),
        ("Won date", None),
        ("date", None),
    ],
)
def test_a_header_dates_the_stage_it_names(header: str, stage: str | None) -> None:
    found = dated_stage(header, guess_stages({"Engaging": 1, "需求确认": 1, "Won": 1}))
    assert (found and found.labels[0]) == stage


def test_an_outcome_beside_the_stages_is_read_with_them(guessed: Tables, compiled: Compile) -> None:
    made = guessed(
        deals="Deal - ID,Deal - Title,Deal - Stage,Deal - Status,Deal - Won time\n"
        "1,a,Qualified,Open,\n2,b,Proposal Made,Won,2021-04-15\n3,c,Qualified,Lost,\n"
    )
    found = compiled(made.text).object("deals")
    rows = [
        found.read({"Deal - Title": "x", "Deal - Stage": stage, "Deal - Status": status, "Deal - Won time": ""})
        for stage, status in (("Qualified", "Open"), ("Qualified", "Won"), ("Proposal Made", "Lost"))
    ]
    at = [column.name for column in found.kind.columns].index("category")
    assert [row.values[at] for row in rows if isinstance(row, Mapped)] == ["open", "won", "lost"]


def test_a_flag_helps_where_a_stage_is_not_named(guessed: Tables, compiled: Compile) -> None:
    made = guessed(deals="id,Deal Name,Stage,Forecast Type\n1,a,Zeta,Open\n2,b,Closed Won,Won\n3,c,Closed Lost,Lost\n")
    row = compiled(made.text).object("deals").read({"Deal Name": "x", "Stage": "new one", "Forecast Type": "Won"})
    assert isinstance(row, Mapped)
    assert "won" in row.values


def test_a_column_of_outcomes_is_the_stage_where_there_is_no_other(guessed: Tables, compiled: Compile) -> None:
    made = guessed(deals="id,商机名称,商机状态\n1,甲,进行中\n2,乙,赢单\n3,丙,输单\n")
    assert [s.category.value for s in compiled(made.text).pipelines[0].stages] == ["open", "won", "lost"]


def test_deals_that_nothing_tells_the_outcome_of_are_asked_about(guessed: Tables, compiled: Compile) -> None:
    made = guessed(deals="id,Deal Name,Amount,Close Date\n1,a,5,2021-04-15\n")
    assert {"ASK_NO_STAGE", "ASK_CLOSING"} <= {note.code for note in made.questions}
    assert compiled(made.text).object("deals").unknown >= {"stage", "closed_at", "expected_close"}


def test_a_column_of_too_many_labels_is_no_stage(guessed: Tables, compiled: Compile) -> None:
    rows = "".join(f"{n},d{n},free text {n}\n" for n in range(60))
    made = guessed(deals="id,Deal Name,Stage\n" + rows)
    assert "ASK_TOO_MANY_STAGES" in {note.code for note in made.questions}
    assert 'stage = { from = "Stage", type = "text" }' in made.text.splitlines()
    compiled(made.text)


def test_several_pipelines_have_their_own_stages(guessed: Tables, compiled: Compile) -> None:
    made = guessed(deals="id,Deal Name,Stage,Pipeline\n1,a,Won,New\n2,b,Lost,Renewal\n")
    assert [one.id for one in compiled(made.text).pipelines] == ["new", "renewal"]
    assert "ASK_PIPELINES" in {note.code for note in made.questions}
