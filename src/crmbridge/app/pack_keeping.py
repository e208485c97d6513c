"""Packs that are kept: what was known when, to be shown again as it was and to be told from by the pack after it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from crmbridge.app import comparing, pack_forecast
from crmbridge.app.asker import Asker
from crmbridge.app.pack_asking import PackAsked
from crmbridge.app.weekly import week_before
from crmbridge.ledger import service_events
from crmbridge.ledger.service_events import ServiceEvent
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import to_us
from crmbridge.report.pack import Pack
from crmbridge.report.pack_codec import FORMAT, decoded, encoded
from crmbridge.services import forecast_kept
from crmbridge.services.world import naive, text

PACK = "pack"
"""The service of the events that keep packs."""


def keep(asked: PackAsked, pack: Pack) -> None:
    """The pack is remembered as it is known now, as of its moment, and its forecast with it; the first told stays."""
    report = pack_forecast.report_of(asked)
    figures = {name: str(value) for name, value in pack_forecast.figures(report).items()}
    told = {
        "closing_e4": asked.waterfall.whole["closing"].e4,
        "forecast": {"subject": pack_forecast.subject(report), "figures": figures},
        "pack": encoded(pack),
    }
    at = to_us(asked.asker.as_of)
    with asked.asker.wiring.ledger.begin() as tx:
        service_events.append(tx, PACK, [ServiceEvent(asked.key, at, orjson.dumps(told).decode())])
        if asked.members is None:
            subject, body = forecast_kept.kept(report)
            service_events.append(tx, forecast_kept.SERVICE, [ServiceEvent(subject, at, body)])


def kept(asked: PackAsked, until: datetime) -> Pack:
    """The pack as it was kept last up to a moment; ConfigError where it was not."""
    told = _last(asked.asker, asked.key, until)
    if told is None or told["pack"].get("format") != FORMAT:
        raise ConfigError(
            "the pack {key} was not kept", key=asked.key, hint="crmbridge report pack --keep keeps one from now on"
        )
    at = datetime.fromisoformat(told["pack"]["as_of"]).astimezone(asked.asker.facts.zone)
    return decoded(told["pack"], at)


def before(asked: PackAsked) -> Mapping[str, Any] | None:
    """What the pack of the period before this one kept, as known at the moment of this one; None where it did not."""
    if asked.period.level == "week":
        period = week_before(asked.period.start)
    else:
        period = comparing.previous(asked.asker, asked.period)
    return _last(asked.asker, f"{asked.whose}|{period.label}", asked.asker.as_of)


def _last(asker: Asker, key: str, until: datetime) -> Mapping[str, Any] | None:
    rows = asker.facts.query(text("service_history"), {"service": PACK, "cut": naive(until)})
    found = [body for subject, _, body in rows if subject == key]
    return orjson.loads(found[-1]) if found else None
