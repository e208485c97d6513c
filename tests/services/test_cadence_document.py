"""The document of follow-up policies: what is shipped, what a company may change, what is refused and where."""

import pytest

from crmbridge.model.calendar import QuietHours
from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.errors import ConfigErrors
from crmbridge.services.cadence_document import built_in, load_cadence

NEW = '[policies.own]\napplies_to = { object = "deal" }\n'


def test_the_weekly_mail_and_the_call_every_two_business_days_are_shipped() -> None:
    config = built_in()
    mail, call = config.policies["prospect-weekly-mail"], config.policies["negotiation-call"]
    assert (mail.steps[0].channel, mail.steps[0].every, mail.steps[0].auto) == ("email", Interval(7, "d"), True)
    assert (call.steps[0].channel, call.steps[0].every, call.steps[0].roll) == ("call", Interval(2, "bd"), "forward")
    assert call.overdue.rungs == (("remind", 1), ("escalate_manager", 2), ("propose_reassign", 5))
    assert (call.pause.on_reply, call.pause.days_after_meeting) == (Interval(2, "bd"), 1)
    assert config.quiet.span == QuietHours()


def test_every_stage_of_the_default_pipeline_has_a_policy() -> None:
    stages = {stage for _, policy in built_in().in_use for stage in policy.applies_to.stage or ()}
    assert {"prospect", "first_contact", "needs_confirmed", "quoted", "negotiation"} <= stages


def test_what_a_policy_leaves_out_it_takes_from_the_defaults() -> None:
    text = (
        NEW + 'steps = [{ channel = "call", template = "needs", every = "2bd" }]\n[defaults.pause]\non_reply = "3bd"\n'
    )
    own = load_cadence(text).policies["own"]
    assert (own.pause.on_reply, own.pause.on_hold, own.max_touches_without_response) == (
        Interval(3, "bd"),
        "until_date",
        8,
    )


@pytest.mark.parametrize("left_out", ["channel", "template", "every"])
def test_a_step_without_frequency_content_or_method_is_refused_by_its_name(left_out: str) -> None:
    given = {"channel": "call", "template": "needs", "every": "2bd"}
    step = ", ".join(f'{key} = "{value}"' for key, value in given.items() if key != left_out)
    with pytest.raises(ConfigErrors) as refused:
        load_cadence(f"{NEW}steps = [{{ {step} }}]")
    assert str(refused.value) == f"cadence.toml:3: policies.own.steps.0.{left_out} is missing"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            NEW + 'steps = [{ channel = "call", template = "need", every = "2bd" }]',
            "cadence.toml:3: policies.own.steps.0.template cannot be 'need' (did you mean needs?)",
        ),
        (
            NEW + 'steps = [{ channel = "call", template = "needs", every = "2h" }]',
            "cadence.toml:3: policies.own.steps.0.every: '2h' is no interval such as 4bh, 2bd or 7d",
        ),
        (
            NEW + 'steps = [{ channel = "call", template = "needs", every = "2bh" }]',
            "cadence.toml:3: policies.own.steps.0.every: days or business days are meant",
        ),
        (
            NEW + 'steps = [{ channel = "cal", template = "needs", every = "2bd" }]',
            "cadence.toml:3: policies.own.steps.0.channel cannot be 'cal' (did you mean call?)",
        ),
        (
            NEW + 'anchr = "fixed"\nsteps = [{ channel = "call", template = "needs", every = "2bd" }]',
            "cadence.toml:3: unknown key policies.own.anchr (did you mean anchor?)",
        ),
        (
            NEW + 'anchor = "fixed"\nsteps = [{ channel = "call", template = "needs", every = "2bd" }]',
            "the anchor fixed needs a day to start at, and no other has one",
        ),
        (
            NEW + "steps = [{ channel = 'call', template = 'needs', every = '2bd', repeat = true },"
            " { channel = 'call', template = 'needs', every = '2bd' }]",
            "cadence.toml:3: policies.own.steps.0.repeat: no step comes after one that repeats",
        ),
        ('[quiet]\nhours = "9"', "quiet.hours"),
        ("[policies.nurture]\nenabled = false", "no policy that is switched on is for the exhausted"),
        (
            '[[pins]]\nrecord = "crm:1"\npolicy = "negotiation-cal"',
            "cadence.toml:3: pins.0.policy cannot be 'negotiation-cal' (did you mean negotiation-call?)",
        ),
        ('[policies.nurture.overdue]\nremind = "1d"', "policies.nurture.overdue.remind: business days are meant"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_the_nearest_choice(text: str, said: str) -> None:
    with pytest.raises(ConfigErrors) as refused:
        load_cadence(text)
    assert said in str(refused.value)
