"""What the requirements ask of cadences, example by example: steps by several channels, and hours in another zone."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.services.cadence_worlds import Followed, ask, calls, company, kept, mails, replies, request

from crmbridge.services.cadence_document import load_cadence
from crmbridge.services.cadence_report import CadenceReport

D0 = date(2026, 3, 2)
NURTURE = load_cadence(
    """
[templates.invite]
title = { en = "Invite {customer} to our day" }
[policies.prospect-weekly-mail]
exit = ["stage_change", "closed", "reply"]
steps = [
  { channel = "email", template = "new-product", every = "0d" },
  { channel = "email", template = "nurture", every = "7d" },
  { channel = "email", template = "invite", every = "7d" },
  { channel = "call", template = "first-contact", every = "2d" },
]
"""
)


def day(n: int) -> str:
    return str(D0 + timedelta(days=n))


def due(report: CadenceReport) -> dict[str, tuple[str, str, str, int]]:
    """What is due for each deal: policy, channel, template and the day, counted from the first."""
    return {one.record_id: (one.policy, one.channel, one.template, (one.due_day - D0).days) for one in report.tasks}


def test_mail_content_invitation_and_call_end_with_a_reply_that_is_answered() -> None:
    silent = Followed("silent", "S1", day(0), mails(day(0), day(7), day(14)))
    answers = Followed("answers", "S1", day(0), [*mails(day(0), day(7)), *replies(day(8))])
    facts = company([silent, answers])
    asked = {n: kept(facts, request(day(n), 8 if n < 8 else 18), NURTURE)[0] for n in (0, 7, 8)}
    policy = "prospect-weekly-mail"
    for n, template in ((0, "new-product"), (7, "nurture")):
        mail = (policy, "email", template, n)
        assert due(asked[n]) == {"silent": mail, "answers": mail}
    answer = due(asked[8])["answers"]
    assert (answer[0], answer[3]) == ("answer", 9), "by the end of the next business day"
    later = {n: kept(facts, request(day(n), 8), NURTURE)[0] for n in (14, 16)}
    assert due(later[14]) == {"silent": (policy, "email", "invite", 14), "answers": answer}
    assert due(later[16]) == {"silent": (policy, "call", "first-contact", 16), "answers": answer}
    (one,) = [one for one in asked[8].enrolments if one.record_id == "answers"]
    assert (one.state, one.why) == ("exited", "replied")


def test_the_task_of_a_rep_in_another_zone_is_due_in_the_hours_of_that_zone() -> None:
    new_york, shanghai = ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")
    deals = [Followed(name, "S5", "2026-03-02", calls("2026-03-02"), {"owner_id": name}) for name in ("here", "there")]
    users = [
        {"id": "here", "subject": "crm:here", "active": True},
        {"id": "there", "subject": "crm:there", "active": True, "zone": "America/New_York"},
    ]
    found = ask(company(deals, users=users), "2026-03-03", load_cadence('[quiet]\nhours = "00:00-00:00"\n'))
    moments = {one.record_id: one.due_at for one in found.tasks}
    assert moments == {
        "here": datetime(2026, 3, 4, 9, tzinfo=shanghai),
        "there": datetime(2026, 3, 4, 9, tzinfo=new_york),
    }
