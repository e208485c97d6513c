"""The pack of the last week, for managers: what it comes to, where it lies, and the page where that can go along."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from crmbridge.app import pack_asking, pack_periods
from crmbridge.app.asker import Asker
from crmbridge.app.jobs import writing
from crmbridge.app.jobs.kinds import PackArguments
from crmbridge.app.notices.digests import Ways, named
from crmbridge.app.notices.section import NoticesSection, RuleSection
from crmbridge.app.notices.wanted import Wanted
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import start_of_day, to_us
from crmbridge.report.i18n import catalog
from crmbridge.report.notices import texts
from crmbridge.report.notices.message import Message
from crmbridge.services.owners import owners_seen
from crmbridge.services.people import Person
from crmbridge.services.world import World

if TYPE_CHECKING:
    from crmbridge.app.bridge import Bridge

_GOOD_FOR = timedelta(days=7)
"""How long after its week a pack is worth something."""


@dataclass(frozen=True, slots=True)
class Packing:
    """The pack of one rule, made once in each language. With `is_tried` it is not kept or written."""

    bridge: "Bridge"
    asker: Asker
    notices: NoticesSection
    is_tried: bool
    _made: dict[str, Message] = field(default_factory=dict)

    def wanted(self, name: str, rule: RuleSection) -> Iterator[Wanted]:
        """The pack of a rule, one a channel; ConfigError where its reader may not see all that is in it."""
        period, _ = pack_periods.chosen(self.asker, {"week": None}, is_given=False)
        reader, own = None, None
        if rule.person is not None:
            people = pack_asking.people_of(self.asker)
            reader = named(people, rule.person)
            self._require_sight(reader, pack_asking.asked(self.asker, period, team=rule.team))
            own = next((one for key, one in self.notices.people.items() if reader.is_called(key)), None)
        if own is not None and own.mute:
            return
        ways, id_ = Ways.of(self.asker), reader.id if reader else ""
        until_us = to_us(start_of_day(period.end, self.asker.wiring.zone) + _GOOD_FOR)
        for channel in (own.channel,) if own is not None and own.channel else rule.channels:
            yield Wanted(
                f"pack/{name}/{period.label}",
                "pack",
                name,
                channel,
                until_us,
                ways.zone(id_, own),
                self.notices.quiet_of(rule, own),
                partial(self._composed, rule, ways.language(id_, own, rule)),
                reader.shown if reader else None,
                reader.email if reader else None,
            )

    def _require_sight(self, reader: Person, asked: pack_asking.PackAsked) -> None:
        seen = owners_seen(World(self.asker.facts, self.asker.pipelines, cut=self.asker.as_of), reader.id)
        if seen is not None and (asked.members is None or not asked.members <= set(seen)):
            raise ConfigError(
                "{viewer} may not see all that the pack of {team} tells",
                viewer=reader.shown,
                team=asked.team_name,
                hint="name another team, or another person",
            )

    def _composed(self, rule: RuleSection, language: str) -> Message:
        if language in self._made:
            return self._made[language]
        told = PackArguments(team=rule.team, folder=rule.folder, language="zh" if language == "zh" else "en")
        made, file = writing.made_pack(self.bridge, told, is_tried=self.is_tried)
        attach = str(file) if rule.attach and file.exists() else None
        self._made[language] = texts.pack(made, str(file), catalog(language), attach=attach)
        return self._made[language]
