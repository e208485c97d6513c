"""One round of notices: everybody who is to be told something and was not, is told, once.

    lease -> what a killed round left is in doubt -> rule by rule: what is wanted -> not told, not quiet, not resting
          -> kept as being sent -> the channel -> kept as what became of it

A channel that fails is left alone until later, and stops neither another channel nor the job. What a round could not
send a later one does; it says when that makes sense.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmbridge.app.jobs.holding import holding
from crmbridge.app.notices import alerts, words
from crmbridge.app.notices.digests import Digests, day_of, round_of
from crmbridge.app.notices.packing import Packing
from crmbridge.app.notices.sending import Outcome, Sending
from crmbridge.ledger import notices as kept
from crmbridge.model.errors import ConfigError, CrmBridgeError
from crmbridge.model.instants import to_us
from crmbridge.report.notices.postman import require_apprise

if TYPE_CHECKING:
    from crmbridge.app.asker import Asker
    from crmbridge.app.bridge import Bridge
    from crmbridge.app.notices.section import RuleSection
    from crmbridge.app.notices.wanted import Wanted
    from crmbridge.report.notices.postman import Postman

LEASE = "notices"


@dataclass(slots=True)
class Done:
    """What a rule came to; `error` where it could not be carried out, `again_us` when another round makes sense."""

    name: str
    outcomes: list[Outcome] = field(default_factory=list)
    again_us: int | None = None
    error: CrmBridgeError | None = None

    def later(self, us: int | None) -> None:
        """Another round makes sense then."""
        if us is not None:
            self.again_us = us if self.again_us is None else min(self.again_us, us)


def rounds(bridge: Bridge, asker: Callable[[], Asker], postman: Postman, *, is_tried: bool = False) -> Iterator[Done]:
    """Carries out the rules one by one; one that cannot be stops no other. With `is_tried` nothing is sent or kept.

    ConfigError where apprise is missing or there is no rule; LeaseLost where another round is at work.
    """
    notices, wiring = bridge.workspace.config.notices, bridge.wiring
    if not notices.rules:
        raise ConfigError("nobody is to be told anything", hint="add [notices.rules.NAME]")
    if not is_tried:
        require_apprise()
    with nullcontext() if is_tried else holding(wiring, LEASE):
        if not is_tried:
            with wiring.ledger.begin() as tx:
                kept.settle(tx, now_us=to_us(wiring.clock()))
        sending = Sending(wiring, postman, is_tried=is_tried)
        for name, rule in notices.rules.items():
            yield _carried_out(_Rule(bridge, asker, name, rule, is_tried), sending)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule, in one round."""

    bridge: Bridge
    asker: Callable[[], Asker]
    name: str
    rule: RuleSection
    is_tried: bool

    def wanted(self) -> Sequence[Wanted]:
        """What the rule wants told now."""
        notices, wiring = self.bridge.workspace.config.notices, self.bridge.wiring
        if self.rule.audience == "operator":
            return [*alerts.wanted(wiring, notices, self.name, self.rule)]
        if not wiring.calendar.is_workday(day_of(self.bridge)):
            return []
        if self.rule.audience == "manager":
            return [*Packing(self.bridge, self.asker(), notices, self.is_tried).wanted(self.name, self.rule)]
        found = [*Digests(self.asker(), notices).wanted(self.name, self.rule)] if not self.is_over() else []
        lines = words.untold(wiring, self.name)
        return [*found, *(words.wanted(self.asker(), notices, self.name, self.rule, lines) if lines else ())]

    def quiet_until_us(self) -> int | None:
        """Until when it is quiet for everybody, so that nothing need be worked out; None where somebody can be told."""
        notices, wiring = self.bridge.workspace.config.notices, self.bridge.wiring
        quiet, now = notices.quiet_of(self.rule), wiring.clock()
        is_same = all(one.quiet is None and one.timezone is None for one in notices.people.values())
        if self.is_tried or quiet is None or not is_same:
            return None
        free_us = to_us(quiet.next_allowed(now, wiring.zone))
        return free_us if free_us > to_us(now) else None

    def is_over(self) -> bool:
        """Whether all that it wants today is out already."""
        if self.rule.audience != "rep" or self.is_tried:
            return False
        key, _ = round_of(self.bridge, self.name)
        with self.bridge.wiring.ledger.read() as tx:
            return (key, kept.EVERYBODY) in kept.states(tx, [key])

    def close(self) -> None:
        """All that it wants today is out: the queue need not be worked out again before tomorrow."""
        if self.rule.audience == "rep" and not self.is_tried:
            key, until_us = round_of(self.bridge, self.name)
            with self.bridge.wiring.ledger.begin() as tx:
                kept.done_with(tx, key, until_us=until_us, now_us=to_us(self.bridge.wiring.clock()))


def _carried_out(rule: _Rule, sending: Sending) -> Done:
    done = Done(rule.name)
    if rule.is_over() and not words.untold(rule.bridge.wiring, rule.name):
        return done
    done.later(rule.quiet_until_us())
    if done.again_us is not None:
        return done
    try:
        for wanted in rule.wanted():
            outcome = sending.tell(wanted)
            if outcome is not None:
                done.outcomes.append(outcome)
                done.later(outcome.again_us)
    except CrmBridgeError as error:
        done.error = error
        return done
    if done.again_us is None:
        rule.close()
    return done
