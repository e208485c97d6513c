"""Deals without a next date in a workspace: counted in every run, and with a task each where the document says so."""

from datetime import UTC, datetime

from tests.app.company import Company

from crmbridge.app import follow_up
from crmbridge.app.bridge import Bridge
from crmbridge.app.follow_up import Asking, Wanted

AS_OF = datetime(2026, 2, 27, 4, tzinfo=UTC)  # a Friday


def asked(company: Company) -> Wanted:
    with Bridge.open(company.folder, as_of=AS_OF) as bridge:
        bridge.sync([])
        config = follow_up.own_document(bridge.wiring)
        return follow_up.SERVICES["next_date"](
            Asking(bridge.wiring, bridge._facts, bridge._pipelines, AS_OF, config, {})
        )


def test_an_open_deal_without_a_next_date_is_counted_and_given_a_task_where_that_is_wanted(company: Company) -> None:
    found = asked(company)
    assert [(note.code, note.params) for note in found.notes] == [("NO_NEXT_DATE", {"count": 1, "n": 1})]
    assert list(found.wants) == [], "unless the company wants them"
    (company.folder / "follow_up.toml").write_text("[next_date]\ntasks = true\n", encoding="utf-8")
    (task,) = asked(company).wants
    assert (task.title, str(task.due)) == ("Agree on a next step: d3", "2026-03-02")  # type: ignore[union-attr] # a task
