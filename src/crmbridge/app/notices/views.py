"""Notices and channels as listings: what a round came to, what was told before, and whether a channel works."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from crmbridge.app.notices.round import Done
from crmbridge.app.notices.sending import Outcome, Sending
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import notices
from crmbridge.model.errors import ConfigError
from crmbridge.model.instants import from_us, to_us
from crmbridge.model.notes import Note
from crmbridge.report.i18n import catalog, mark
from crmbridge.report.listing import Listing
from crmbridge.report.notices import texts
from crmbridge.report.notices.listing import kept_listing, round_listing
from crmbridge.report.notices.message import Taken
from crmbridge.report.notices.postman import Postman, require_apprise
from crmbridge.sync.outcome import worst

EXITS: Mapping[str, int] = {"delivered": 0, "away": 5, "unknown": 5}
"""What `notices test` ends with; where a person must mend something, 78."""
_MENDED = 78


def told(wiring: Wiring, done: Sequence[Done], *, is_tried: bool) -> Listing:
    """What a round came to, rule by rule."""
    rows = [_row(one.name, outcome, wiring.zone) for one in done for outcome in one.outcomes]
    warnings = [note for one in done for note in notes_of(one, wiring.zone)]
    errors = [one.error.exit_code for one in done if one.error is not None]
    return round_listing(rows, warnings, is_tried=is_tried, exit_code=worst(errors))


def notes_of(done: Done, zone: ZoneInfo) -> Iterator[Note]:
    """What a rule has to say beside what it told: why it could not, who has no address, when it goes on."""
    if done.error is not None:
        error = done.error
        text = f"{error.message} ({error.hint})" if error.hint else error.message
        yield Note(error.code, text, dict(error.context))
    failed: dict[tuple[str, Taken], int] = {}
    for one in done.outcomes:
        if one.taken is not None and one.taken.code != "delivered":
            failed[one.wanted.channel, one.taken] = failed.get((one.wanted.channel, one.taken), 0) + 1
    for (channel, taken), count in failed.items():
        params = {"count": count, "channel": channel, "code": taken.said or taken.code}
        if taken.code == "unknown":
            text = mark("{count} notices are in doubt, sent by {channel} ({code}): crmbridge notices list")
            yield Note("NOTICES_IN_DOUBT", text, params)
        else:
            yield Note("NOT_DELIVERED", mark("{count} notices were not delivered by {channel} ({code})"), params)
    without = sum(1 for one in done.outcomes if one.fate == "no_address")
    if without:
        text = mark("{count} users of the rule {rule} have no mail address, which its channel needs")
        yield Note("NO_ADDRESS", text, {"count": without, "rule": done.name})
    if done.again_us is not None:
        text = mark("the rule {rule} goes on at {time}")
        yield Note("LATER", text, {"rule": done.name, "time": _at(done.again_us, zone)}, sort="remark")


def _row(rule: str, one: Outcome, zone: ZoneInfo) -> dict[str, object]:
    row: dict[str, object] = {
        "rule": rule,
        "kind": one.wanted.kind,
        "key": one.wanted.key,
        "channel": one.wanted.channel,
        "for": one.wanted.person,
        "state": one.fate,
        "again_at": _at(one.again_us, zone),
    }
    if one.taken is not None and one.taken.code != "delivered":
        row |= {"code": one.taken.code, "said": one.taken.said}
    return row if one.message is None else {**row, "title": one.message.title, "text": one.message.body}


def kept(wiring: Wiring, *, limit: int) -> Listing:
    """How the channels of the configuration do, and what was told last."""
    zone = wiring.zone
    with wiring.ledger.read() as tx:
        health, last = notices.health(tx), notices.listing(tx, limit=limit)
    channels = [
        _channel(name, health.get(name, notices.Health(name)), zone)
        for name in wiring.workspace.config.notices.channels
    ]
    return kept_listing(channels, [_kept(one, zone) for one in last])


def _channel(name: str, health: notices.Health, zone: ZoneInfo) -> dict[str, object]:
    works = "fails" if health.failures else "works" if health.delivered_us else "not_used"
    return {
        "channel": name,
        "works": works,
        "delivered_at": _at(health.delivered_us, zone),
        "failing_since": _at(health.failing_since_us, zone),
        "again_at": _at(health.rests_until_us, zone),
        "code": health.code,
        "said": health.said,
    }


def _kept(one: notices.Notice, zone: ZoneInfo) -> dict[str, object]:
    return {
        "key": one.key,
        "kind": one.kind,
        "rule": one.rule,
        "channel": one.channel,
        "state": one.state,
        "attempts": one.attempts,
        "at": _at(one.settled_us or one.sent_us or one.made_us, zone),
        "again_at": _at(one.retry_us, zone) if one.state == "waiting" else None,
        "code": one.code,
        "said": one.said,
    }


def again(wiring: Wiring, key: str, channel: str) -> Listing:
    """The notice in doubt is sent again by the next round; ConfigError where it is none."""
    with wiring.audit.begin() as tx:
        if not notices.again(tx, key, channel, now_us=to_us(wiring.clock())):
            raise ConfigError(
                "{key} by {channel} is in no doubt, or its time is over",
                key=key,
                channel=channel,
                hint="crmbridge notices list shows what is",
            )
        wiring.audit.tell(tx, "notice.again", f"notice:{key}", channel=channel)
    return kept(wiring, limit=50)


def tried(wiring: Wiring, channel: str, *, email: str | None, language: str) -> Listing:
    """Sends a test by a channel, and keeps what came of it."""
    require_apprise()
    if wiring.workspace.config.notices.channels[channel].to == "person" and email is None:
        raise ConfigError("the channel {channel} reaches one person", channel=channel, hint="say whom with --email")
    now_us, key = to_us(wiring.clock()), f"test/{wiring.clock():%Y%m%dT%H%M%S.%f}"
    with Postman() as postman:
        sending = Sending(wiring, postman)
        with wiring.ledger.begin() as tx:
            notices.begin(tx, key, channel, kind="test", rule="test", until_us=now_us, now_us=now_us)
        taken = sending.taken(channel, email, texts.trial(channel, catalog(language)))
    state: notices.State = "delivered" if taken.code == "delivered" else "dropped"
    with wiring.ledger.begin() as tx:
        code = None if state == "delivered" else taken.code
        notices.end(tx, key, channel, state, now_us=now_us, code=code, said=taken.said)
    row = {"channel": channel, "state": "sent" if state == "delivered" else "not_sent", "code": code}
    exit_code = EXITS.get(taken.code, _MENDED)
    return round_listing([{**row, "said": taken.said}], (), is_tried=False, exit_code=exit_code)


def _at(us: int | None, zone: ZoneInfo) -> datetime | None:
    return None if us is None else from_us(us).astimezone(zone)
