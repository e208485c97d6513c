"""Customer care as listings: what is to come, who is greeted, what is renewed, whom we may lose, whom nobody called."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from crmbridge.model.money import Money, from_e4
from crmbridge.report import cells
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names, Section, Word
from crmbridge.services.care_document import CareConfig
from crmbridge.services.churn import LEVELS, ChurnReport, ChurnRisk
from crmbridge.services.contact_gaps import GapsReport
from crmbridge.services.occasions import BIRTHDAY
from crmbridge.services.occasions_report import Occasion
from crmbridge.services.offers import Proposal
from crmbridge.services.renewals import RenewalRate, RenewalsReport, Step
from crmbridge.services.repeat import RepeatReport

Row = Mapping[str, object]
_COLUMNS = (
    Column("due", mark("due"), "date"),
    Column("day", mark("day"), "date"),
    Column("what", mark("what to do"), "word"),
    Column("occasion", mark("occasion")),
    Column("offer", mark("proposal")),
    Column("customer", mark("customer")),
    Column("id", mark("id")),
    Column("person", mark("contact person")),
    Column("contract", mark("contract")),
    Column("days", mark("days before"), "count"),
    Column("ends", mark("ends"), "date"),
    Column("amount", mark("amount"), "money"),
    Column("owner", mark("owner")),
    Column("manager", mark("manager")),
    Column("channel", mark("channel"), "word"),
    Column("state", mark("state"), "word"),
    Column("reason", mark("reason"), "word"),
    Column("score", mark("risk"), "count"),
    Column("level", mark("level"), "word"),
    Column("reasons", mark("reasons"), "json"),
    Column("unknown", mark("not known"), "json"),
    Column("customers", mark("customers"), "count"),
    Column("last", mark("last in touch"), "date"),
    Column("gap", mark("out of touch for (unit as beside)"), "count"),
    Column("limit", mark("in touch every")),
    Column("policy", mark("policy")),
    Column("figure", mark("figure"), "word"),
    Column("rate", mark("rate"), "rate"),
    Column("currency", mark("currency")),
    Column("worth", mark("of what they were worth"), "rate"),
    Column("pending", mark("not ended yet"), "count"),
    Column("untold", mark("nobody knows"), "count"),
    Column("key", mark("key")),
)
WORDS = (mark("greeting"), mark("gift"), mark("high"), mark("medium"), mark("low"), mark("email"), mark("call"))
_SHOWN = {
    "planned": mark("to come"),
    "due": mark("now"),
    "made": mark("task made"),
    "left_out": mark("left alone"),
    "opted_out": mark("opted out"),
    "left_company": mark("left the company"),
    "complaint": mark("open complaint"),
    "complaint_without_manager": mark("open complaint, no manager"),
    "refused": mark("does not want it"),
    "apart": mark("too soon after the last"),
    "once_in": mark("proposed lately"),
    "open_task": mark("a task is open"),
    "room": mark("enough tasks already"),
    "repeat_rate": mark("bought again"),
    "referral_share": mark("came by a recommendation"),
    "referral_won": mark("won of those"),
    "renewal_rate": mark("contracts renewed"),
    "contact_gaps": mark("out of touch"),
}
"""What people read for states, reasons and figures."""
REASON_NAMES = {
    "order_gap": mark("orders overdue"),
    "silence": mark("silence"),
    "unhappy": mark("unhappy"),
    "revenue_drop": mark("less revenue"),
    "renewal_unmet": mark("renewal without a meeting"),
    "complaint": mark("open complaint"),
}
"""What people call the reasons of the risk of losing a customer."""


def _word(name: str) -> str:
    """A word for programs, and what people read for it."""
    return Word(name, _SHOWN[name]) if name in _SHOWN else name


def listing(definition: str, title: str, sections: Sequence[Section], rows: Iterable[Row], empty: str) -> Listing:
    """A listing of care; columns that no section shows are there for programs."""
    return Listing(definition, _COLUMNS, tuple(rows), title=title, sections=tuple(sections), empty=empty)


OCCASIONS = Section(
    "occasions",
    mark("Birthdays and holidays"),
    ("due", "what", "occasion", "day", "person", "customer", "owner", "channel", "state", "reason"),
)
RENEWALS = Section(
    "renewals", mark("Contracts that end"), ("due", "contract", "customer", "days", "ends", "amount", "owner", "state")
)
RATES = Section("rates", mark("Renewed"), ("currency", "rate", "worth", "pending", "untold"))
LEVELS_SECTION = Section("levels", mark("How many"), ("level", "customers"))
CHURN = Section("churn", mark("Whom we may lose"), ("customer", "score", "level", "reasons", "unknown", "owner"))
GAPS = Section("gaps", mark("Nobody was in touch"), ("customer", "last", "gap", "limit", "owner", "manager", "policy"))
OFFERS = Section("offers", mark("Offers"), ("due", "offer", "customer", "owner", "state", "reason"))
FIGURES = Section("figures", mark("Figures"), ("figure", "rate", "currency", "amount", "untold"))


def occasion_rows(found: Iterable[Occasion], config: CareConfig, names: Mapping[str, str]) -> Iterator[Row]:
    """Greetings and gifts; `names` of the users by id."""
    wish = config.occasions
    for one in found:
        called = wish.birthday if one.occasion == BIRTHDAY else wish.holidays[one.occasion].names
        yield {
            "section": "occasions",
            "due": one.due,
            "what": one.what,
            "occasion": Names(called),
            "day": one.day,
            "person": one.person.name or one.person.contact_id,
            "id": one.person.contact_id,
            "customer": one.person.customer,
            "owner": names.get(one.to or "", one.to),
            "channel": one.channel,
            "state": _word(one.state),
            "key": one.key,
            **({} if one.reason is None else {"reason": _word(one.reason)}),
        }


def renewal_rows(report: RenewalsReport) -> Iterator[Row]:
    """The days before the end of contracts that are still to come, or were missed; then the rates."""
    yield from (step_row(step) for step in report.steps)
    yield from (_rate_row(one) for one in report.rates)


def rate_rows(report: RenewalsReport) -> Iterator[Row]:
    """The rates of renewal as figures among others."""
    for one in report.rates:
        row = {
            "section": "figures",
            "figure": _word("renewal_rate"),
            "rate": cells.rate(one.rate),
            "untold": one.unknown,
        }
        yield row if one.currency is None else row | {"currency": one.currency}


def step_row(step: Step) -> Row:
    """A day before the end of a contract."""
    one = step.contract
    amount = None if one.amount_e4 is None else Money(from_e4(one.amount_e4, one.currency), one.currency)
    return {
        "section": "renewals",
        "due": step.due,
        "contract": one.label,
        "id": one.id,
        "customer": one.customer,
        "days": step.days,
        "ends": one.end_date,
        "amount": amount,
        "owner": one.owner or one.owner_id,
        "state": _word(step.state),
        "key": step.key,
    }


def _rate_row(one: RenewalRate) -> Row:
    return {
        "section": "rates",
        "currency": one.currency or Word("all"),
        "rate": cells.rate(one.rate),
        "pending": one.pending,
        "untold": one.unknown,
        **({} if one.worth is None else {"worth": cells.money_rate(one.worth)}),
    }


def churn_rows(report: ChurnReport, most: int | None) -> Iterator[Row]:
    """How many customers stand at each level, then those at the highest risk first."""
    for level in (*LEVELS, None):
        if report.levels[level] or level is not None:
            yield {"section": "levels", "level": level or Word("unknown"), "customers": report.levels[level]}
    yield from (churn_row(one) for one in report.customers[:most])


def churn_row(one: ChurnRisk) -> Row:
    """A customer with its risk and what speaks for it."""
    return {
        "section": "churn",
        "customer": one.customer.name or one.customer.external_id,
        "id": one.customer.id,
        "score": one.score,
        "level": one.level or Word("unknown"),
        "reasons": [reason.says for reason in one.reasons if reason.points],
        "unknown": [Word(name, REASON_NAMES[name]) for name in one.unknown],
        "owner": one.owner or one.owner_id,
    }


def gap_rows(report: GapsReport, most: int | None) -> Iterator[Row]:
    """The longest gaps first, then how many of the customers have one."""
    for one in report.gaps[:most]:
        yield {
            "section": "gaps",
            "customer": one.customer.name or one.customer.external_id,
            "id": one.customer.id,
            "last": one.last,
            "gap": one.gap,
            "limit": one.limit,
            "owner": one.owner or one.owner_id,
            "manager": one.manager or one.manager_id,
            "policy": one.policy,
        }
    yield {
        "section": "figures",
        "figure": _word("contact_gaps"),
        "rate": cells.rate(report.rate),
        "untold": len(report.untold),
    }


def offer_rows(found: Iterable[Proposal]) -> Iterator[Row]:
    """What is proposed, and what waits with the reason."""
    for one in found:
        yield {
            "section": "offers",
            "due": one.due,
            "offer": one.title,
            "what": one.offer,
            "customer": one.customer.name or one.customer.external_id,
            "id": one.customer.id,
            "owner": one.owner or one.owner_id,
            "state": _word("due" if one.held is None else "planned"),
            "key": one.key,
            **({} if one.held is None else {"reason": _word(one.held)}),
        }


def repeat_rows(report: RepeatReport) -> Iterator[Row]:
    """Repeat purchases and recommendations."""
    found = report.referrals
    yield {"section": "figures", "figure": _word("repeat_rate"), "rate": cells.rate(report.rate)}
    share = {
        "section": "figures",
        "figure": _word("referral_share"),
        "rate": cells.rate(found.share),
        "untold": found.unknown,
    }
    yield share
    won: dict[str, object] = {"section": "figures", "figure": _word("referral_won"), "rate": cells.rate(found.won)}
    for amount in found.amounts or (None,):
        yield won if amount is None else won | {"currency": amount.currency, "amount": amount.money}
