"""The pack of a team and a period: gathered section by section, so that a meeting can go through it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from crmbridge.app import (
    one_to_one,
    pack_asking,
    pack_customers,
    pack_goals,
    pack_keeping,
    pack_people,
    pack_periods,
    pack_steering,
    pack_trends,
)
from crmbridge.app.asker import Asker
from crmbridge.app.pack_agenda import questions
from crmbridge.app.pack_asking import PackAsked
from crmbridge.app.pack_changes import changes_section, waterfall_section
from crmbridge.app.pack_forecast import accuracy_section, forecast_section
from crmbridge.model.errors import ConfigError, CrmBridgeError
from crmbridge.model.notes import Note
from crmbridge.report.pack import Pack, PackSection
from crmbridge.services.fiscal import Level

Gather = Callable[[PackAsked], PackSection]
_LONGER = frozenset({"month", "quarter"})


@dataclass(frozen=True, slots=True)
class Wish:
    """Which pack: at most one period; of a `team` or one `person`, else of everybody.

    `keep` remembers it as it is known now; `kept` shows it as it was remembered last.
    """

    week: str | None = None
    month: str | None = None
    quarter: str | None = None
    team: str | None = None
    person: str | None = None
    currency: str | None = None
    keep: bool = False
    kept: bool = False


def ask_pack(asker: Asker, wish: Wish, *, is_given: bool) -> Pack:
    """The pack that is wished for; `is_given`: somebody gave the moment of the asker.

    ConfigError for a period, team or person that is not there, and for a pack that was not kept.
    """
    if wish.team is not None and wish.person is not None:
        raise ConfigError("a pack is about a team or about one person", hint="give --team or --person")
    names: dict[Level, str | None] = {"week": wish.week, "month": wish.month, "quarter": wish.quarter}
    period, moment = pack_periods.chosen(asker, names, is_given=is_given)
    seen = replace(asker, as_of=moment)
    if wish.person is not None:
        asked = pack_asking.about(seen, period, wish.person, wish.currency)
    else:
        asked = pack_asking.asked(seen, period, team=wish.team, currency=wish.currency)
    if wish.kept:
        return pack_keeping.kept(asked, asker.as_of)
    pack = pack_of(asked)
    if wish.keep:
        pack_keeping.keep(asked, pack)
    return pack


def pack_of(asked: PackAsked) -> Pack:
    """The pack. A section that cannot be given says why, and the others are there all the same."""
    found = [_section(key, gather, asked) for key, gather in _sections(asked)]
    name = asked.asker.wiring.workspace.config.workspace.name
    named = name if asked.members is None else asked.team_name
    as_of = asked.asker.as_of.astimezone(asked.asker.facts.zone)
    kind = "one-to-one/1" if asked.person else "pack/1"
    return Pack(asked.whose, named, asked.period, as_of, found, questions(found), kind)


def _sections(asked: PackAsked) -> Sequence[tuple[str, Gather]]:
    """The sections of a pack with what gathers each, in the order in which a meeting goes through them."""
    if asked.person:
        return (
            ("score", one_to_one.score_section),
            ("goals", pack_goals.goals_section),
            ("consent", pack_goals.consent_section),
            ("checks", one_to_one.checks_section),
            ("discuss", one_to_one.discuss_section),
            ("overdue", pack_people.overdue_section),
            ("actions", pack_people.actions_section),
        )
    kept: Mapping[str, Any] = pack_keeping.before(asked) or {}
    found: tuple[tuple[str, Gather], ...] = (
        ("goals", pack_goals.goals_section),
        ("consent", pack_goals.consent_section),
        ("trend", pack_trends.trend_section),
        ("kpis", pack_trends.kpis_section),
        ("scorecards", pack_trends.scorecards_section),
        ("waterfall", partial(waterfall_section, before=kept)),
        ("changes", changes_section),
        ("funnel", pack_steering.funnel_section),
        ("ageing", pack_steering.ageing_section),
        ("forecast", partial(forecast_section, before=kept.get("forecast"))),
        ("accuracy", accuracy_section),
        ("risk", pack_steering.risk_section),
        ("overdue", pack_people.overdue_section),
        ("compliance", pack_people.compliance_section),
        ("customers", pack_customers.customers_section),
        ("tiers", pack_customers.tiers_section),
        ("channels", pack_steering.channels_section),
        ("recognition", pack_steering.recognition_section),
        ("experiments", pack_trends.experiments_section),
        ("actions", pack_people.actions_section),
    )
    is_longer = asked.period.level in _LONGER
    return tuple((key, gather) for key, gather in found if is_longer or key not in LOOKING_BACK)


LOOKING_BACK = frozenset({"trend", "kpis", "scorecards", "accuracy", "experiments"})
"""The sections that only monthly and quarterly packs have."""


def _section(key: str, gather: Gather, asked: PackAsked) -> PackSection:
    try:
        return gather(asked)
    except CrmBridgeError as error:
        return PackSection(key, ("what",), (), (Note("UNAVAILABLE", error.message, dict(error.context)),))
