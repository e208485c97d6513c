"""Which period a pack is about: a week, month or quarter by its name, or the last whole one."""

from datetime import datetime

from crmbridge.app import comparing, weekly
from crmbridge.app.asker import Asker
from crmbridge.model.errors import ConfigError
from crmbridge.services.fiscal import Level, NamedPeriod

LAST = "last"
"""The word for the last whole period."""


def chosen(asker: Asker, names: dict[Level, str | None], *, is_given: bool) -> tuple[NamedPeriod, datetime]:
    """The period, the last whole week where none is named, and the moment it is seen from.

    ConfigError for several names, a name of another level, and a period that has not begun.
    """
    given = [(level, name) for level, name in names.items() if name is not None]
    if len(given) > 1:
        raise ConfigError("a pack is about one period", hint="give --week, --month or --quarter")
    level, name = given[0] if given else ("week", LAST)
    period = _named(asker, level, name)
    return period, weekly.seen_from(period, asker.as_of, asker.facts.zone, is_given=is_given)


def _named(asker: Asker, level: Level, name: str) -> NamedPeriod:
    if level == "week":
        return weekly.choose(None if name == LAST else name, asker.as_of, asker.facts.zone, is_given=True)[0]
    if name == LAST:
        return comparing.previous(asker, asker.period(None, level))
    period = asker.period(name, level)
    if period.level != level:
        raise ConfigError("{label} is no {level}", label=name, level=level, hint="write 2026-06 or 2026-Q2")
    return period
