"""The cadence once more, record by record and day by day in plain Python: what the queries must come to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

from crmbridge.model.calendar import Calendar
from crmbridge.model.calendar.intervals import Interval
from crmbridge.model.external_keys import task_key
from crmbridge.services.cadence_document import CadenceConfig, Policy, Step

ORDER = ("deal", "contact", "lead", "account")
OUT = {"email.sent", "call.attempted", "call.connected", "meeting.held", "im.sent", "sms.sent"}


@dataclass(frozen=True)
class Act:
    """Something done at a moment (local, naive), with a deal or a lead, or with a person alone."""

    id: str
    at: datetime
    type: str
    direction: str | None = None
    outcome: str | None = None
    deal: str | None = None
    lead: str | None = None
    person: int | None = None

    @property
    def word(self) -> str:
        """What it was, in the words of policies."""
        if self.type == "call":
            if self.direction == "in":
                return "call.received"
            return "call.attempted" if self.outcome == "no answer" else "call.connected"
        if self.type == "meeting":
            return "meeting.held"
        if self.direction == "in":
            return f"{self.type}.reply"
        return "email.bounced" if self.outcome == "bounced" else f"{self.type}.sent"


@dataclass(frozen=True)
class Rec:
    """A deal or a lead in a stage since a day; of a person and a company."""

    kind: str
    id: str
    stage: str
    since: date
    person: int | None = None
    account: str | None = None
    hold: date | None = None
    next_step: date | None = None

    @property
    def subject(self) -> str:
        """As keys name it."""
        return f"crm:{self.id}"

    @property
    def who(self) -> str:
        """The person, else the record itself."""
        return f"{self.kind}:{self.subject}" if self.person is None else phone(self.person)


@dataclass
class Stand:
    """How an enrolment stands."""

    policy: str
    rec: Rec
    step: int = 1
    occurrence: int = 1
    k: int = 1
    base: date = date.min
    touches: int = 0
    last: date | None = None
    paused: date | None = None
    state: str = "active"
    why: str | None = None
    due: date | None = None
    capped: bool = False
    cared: bool = False
    missed: int = 0


@dataclass
class Expected:
    """What the oracle says."""

    stands: dict[str, Stand] = field(default_factory=dict)
    tasks: dict[str, tuple[date, int, int]] = field(default_factory=dict)


def phone(person: int) -> str:
    """The number that makes two records one person."""
    return f"+8613800000{person:03d}"


@dataclass
class Oracle:
    """Everything that is known, and the moment."""

    config: CadenceConfig
    calendar: Calendar
    today: date
    recs: Sequence[Rec]
    acts: Sequence[Act]
    refused: Mapping[int, bool] = field(default_factory=dict)

    def run(self) -> Expected:
        """Every enrolment, and the tasks that are due by the horizon."""
        found = Expected()
        alive: list[Stand] = []
        for rec in self.recs:
            for name, policy in self.config.in_use:
                if self.fits(rec, policy):
                    stand = self.replay(name, policy, rec)
                    found.stands[f"{name}|{rec.kind}|{rec.subject}"] = stand
                    if stand.state != "exited":
                        alive.append(stand)
        self.choose(alive)
        for stand in alive:
            self.plan(stand)
        slots = [one for one in alive if one.state == "active" and one.due is not None and one.due <= self.horizon]
        self.cap(slots)
        for one in slots:
            assert one.due is not None
            if one.due <= self.horizon:
                policy = self.config.policies[one.policy]
                one.missed = self.missed(one, policy.steps[one.step - 1])
                key = task_key(one.policy, one.rec.kind, one.rec.subject, enrolment=1, occurrence=one.occurrence)
                late = max(0, self.calendar.business_days_between(one.due, self.today))
                found.tasks[key] = (one.due, late, one.missed)
        return found

    @property
    def horizon(self) -> date:
        return self.calendar.add_business_days(self.today, self.config.horizon.count)

    def fits(self, rec: Rec, policy: Policy) -> bool:
        stages = policy.applies_to.stage
        if rec.kind not in policy.applies_to.object or policy.applies_to.category != ("open",):
            return False
        if stages is None or rec.stage not in stages:
            return False
        return not (rec.person is not None and self.refused.get(rec.person))

    def whos(self, act: Act) -> set[str]:
        """With whom it was: as it says, else with the person of its deal."""
        found = {rec.who for rec in self.recs if rec.kind == "lead" and rec.id == act.lead}
        found |= set() if act.person is None else {phone(act.person)}
        return found or {rec.who for rec in self.recs if rec.kind == "deal" and rec.id == act.deal}

    def heard(self, rec: Rec) -> list[Act]:
        def concerns(act: Act) -> bool:
            if rec.kind == "deal":
                return act.deal == rec.id or (act.deal is None and rec.who in self.whos(act))
            return rec.who in self.whos(act)

        return sorted((act for act in self.acts if act.at.date() <= self.today and concerns(act)), key=lambda a: a.at)

    # -- days --------------------------------------------------------------------------------------------------------

    def after(self, day: date, every: Interval, k: int) -> date:
        if every.unit == "bd":
            return self.calendar.add_business_days(day, k * every.count)
        return day + timedelta(days=k * every.count)

    def nth(self, stand: Stand, step: Step, k: int) -> date:
        assert isinstance(step.every, Interval)
        return self.calendar.roll(self.after(stand.base, step.every, k), step.roll)

    def come(self, stand: Stand, step: Step, day: date) -> int:
        """How many occurrences have come by a day, the present one among them."""
        if not step.repeat:
            return 1
        return max(1, next(n for n in count() if self.nth(stand, step, stand.k + n) > day))

    # -- what happened -----------------------------------------------------------------------------------------------

    def replay(self, name: str, policy: Policy, rec: Rec) -> Stand:
        heard, first = self.heard(rec), policy.steps[0]
        before = [
            act.at.date()
            for act in heard
            if act.at <= datetime.combine(rec.since, datetime.min.time())
            and (act.word in policy.resets_anchor or (act.word in policy.counts_as_touch and fits_step(act, first)))
        ]
        stand = Stand(name, rec, k=0 if policy.first == "at_once" else 1, base=rec.since)
        if policy.anchor == "last_touch" and before:
            stand.base, stand.k, stand.last = max(before), 1, max(before)
        if policy.anchor == "fixed":
            assert policy.start is not None
            stand.base = policy.start
        since = [act for act in heard if act.at > datetime.combine(rec.since, datetime.min.time())]
        for day in sorted({act.at.date() for act in since}):
            self.live(stand, policy, [act for act in since if act.at.date() == day], day)
        if policy.max_touches_without_response is not None and stand.touches >= policy.max_touches_without_response:
            stand.state, stand.why = "exited", "exhausted"
        if stand.why == "finished":
            stand.state = "exited"
        return stand

    def live(self, stand: Stand, policy: Policy, acts: Sequence[Act], day: date) -> None:
        step = policy.steps[stand.step - 1]
        over = stand.why == "finished"
        touches = [act for act in acts if act.word in policy.counts_as_touch]
        resets = [act for act in acts if act.word in policy.resets_anchor]
        hit = not over and any(fits_step(act, step) for act in touches)
        if hit:
            taken = self.come(stand, step, day)
            stand.occurrence += taken
            if step.repeat:
                stand.k += taken
            else:
                assert isinstance(step.every, Interval)
                stand.base, stand.k = self.after(stand.base, step.every, stand.k), 1
                if stand.step < len(policy.steps):
                    stand.step += 1
                else:
                    stand.why = "finished"
                    over = over or policy.anchor == "fixed"
        if (hit and policy.anchor == "last_touch") or (resets and policy.anchor != "fixed" and not over):
            stand.base, stand.k = day, 1
        if resets:
            last = max(act.at for act in resets)
            stand.touches = int(hit and any(act.at > last for act in touches))
        else:
            stand.touches += hit
        if touches or resets:
            stand.last = day
        if any(act.word in policy.replies for act in acts) and policy.pause.on_reply and not over:
            paused = self.calendar.add_business_days(day, policy.pause.on_reply.count)
            stand.paused = max(stand.paused or paused, paused)

    # -- when it is due ----------------------------------------------------------------------------------------------

    def choose(self, alive: Sequence[Stand]) -> None:
        """One policy of sales for a person."""

        def rank(one: Stand) -> tuple[object, ...]:
            step = self.config.policies[one.policy].steps[one.step - 1]
            assert isinstance(step.every, Interval)
            length = step.every.count * (7 if step.every.unit == "bd" else 5)
            stage = int(one.rec.stage[1:]) if one.rec.stage.startswith("S") else 0
            return (ORDER.index(one.rec.kind), -stage, length, one.policy, one.rec.subject)

        sales = [one for one in alive if self.config.policies[one.policy].policy_class == "sales"]
        for who in {one.rec.who for one in sales}:
            for other in sorted((one for one in sales if one.rec.who == who), key=rank)[1:]:
                other.state, other.why = "suspended", "other_policy"

    def plan(self, stand: Stand) -> None:
        policy = self.config.policies[stand.policy]
        step, rec = policy.steps[stand.step - 1], stand.rec
        due = self.nth(stand, step, stand.k)
        floor = stand.last or rec.since - timedelta(days=1)
        if rec.next_step is not None and floor < rec.next_step < due:
            due = rec.next_step if step.roll == "none" else self.calendar.roll(rec.next_step, "forward")
            raw = rec.next_step
        else:
            raw = due
        waits = [day for day in (rec.since, stand.paused, rec.hold) if day is not None]
        if max(waits) > raw:
            due = self.calendar.roll(max(waits), "forward")
        stand.due = due
        pause = max((day for day in (stand.paused, rec.hold) if day is not None), default=date.min)
        if stand.state == "active" and pause > self.today:
            stand.state, stand.why = "paused", "reply" if pause == stand.paused else "hold"

    def cap(self, slots: Sequence[Stand]) -> None:
        """Not too soon after what was done, not on a day of care, not more than a company may have in a week."""
        sales = [one for one in slots if self.config.policies[one.policy].policy_class == "sales"]
        care = {(o.rec.who, max(o.due, self.today)) for o in slots if o not in sales and o.due is not None}
        wanted = {id(one): one.due for one in sales}
        for one in sales:
            assert one.due is not None
            free = self.free(one)
            if free > max(one.due, self.today):
                one.due, one.capped = self.calendar.roll(free, "forward"), True
        while moves := list(self.moves(sales, care, wanted)):
            for one, day in moves:
                one.due = self.calendar.roll(day, "forward")

    def free(self, one: Stand) -> date:
        caps = self.config.caps
        channel = self.config.policies[one.policy].steps[one.step - 1].channel
        free = date.min
        for act in self.acts:
            if one.rec.who in self.whos(act) and act.word in OUT and act.at.date() <= self.today:
                gap = caps.same_channel_days if act.type == channel else 0
                free = max(free, act.at.date() + timedelta(days=max(gap, caps.any_channel_days)))
        return free

    def moves(
        self, sales: Sequence[Stand], care: set[tuple[str, date]], wanted: Mapping[int, date | None]
    ) -> Iterator[tuple[Stand, date]]:
        most = self.config.caps.account_per_week
        placed = []
        for one in sales:
            assert one.due is not None
            day = max(one.due, self.today)
            placed.append((one, day, day - timedelta(days=day.weekday())))
        for one, day, week in placed:
            if one.due is None or one.due > self.horizon:
                continue
            if (one.rec.who, day) in care:
                yield one, day + timedelta(days=1)
                continue
            if one.rec.account is None or most is None:
                continue
            beside = [o for o, _, w in placed if o.rec.account == one.rec.account and w == week]
            beside.sort(key=lambda o: (wanted[id(o)], self.key(o)))
            if self.had(one.rec.account, week) + beside.index(one) + 1 > most:
                yield one, week + timedelta(days=7)

    def key(self, one: Stand) -> str:
        return task_key(one.policy, one.rec.kind, one.rec.subject, enrolment=1, occurrence=one.occurrence)

    def had(self, account: str, week: date) -> int:
        deals = {rec.id for rec in self.recs if rec.kind == "deal" and rec.account == account}
        end = week + timedelta(days=7)
        done = {a.id for a in self.acts if a.word in OUT and a.deal in deals and week <= a.at.date() < end}
        return len({a for a in done if next(x for x in self.acts if x.id == a).at.date() <= self.today})

    def missed(self, stand: Stand, step: Step) -> int:
        assert stand.due is not None
        if stand.due >= self.today:
            return 0
        if not step.repeat:
            return 1
        later = (self.nth(stand, step, k) for k in count(stand.k))
        days = []
        for day in later:
            if day >= self.today:
                break
            days.append(day)
        return 1 + sum(day > stand.due for day in days[1:])


def fits_step(act: Act, step: Step) -> bool:
    """Whether a touch is of the channel of the step."""
    return step.any_channel or act.type == step.channel
