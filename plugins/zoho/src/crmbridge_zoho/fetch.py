"""Records by their ids: 100 a call, every field that a list gives, as a full reading would hand them out.

Zoho does not say how many ids a call takes, nor whether it cuts what is too much without a word (dossier 2.2). So an id
that is not in an answer is asked for again, as long as answers bring anything: only then is there no such record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmbridge.adapter.contract import PullRequest, RawRecord
from crmbridge_zoho.counting import filters_for
from crmbridge_zoho.errors import Meaning, Refused
from crmbridge_zoho.fields import KEY, MODIFIED, Wanted, field_sets, want
from crmbridge_zoho.listing import Listing, Row, by_ids, one_record, with_links
from crmbridge_zoho.modules import Modules
from crmbridge_zoho.payload import raw_record
from crmbridge_zoho.plan import IDS_A_CALL
from crmbridge_zoho.session import Session
from crmbridge_zoho.users import USERS, users


def fetch(session: Session, modules: Modules, object_name: str, ids: Sequence[str]) -> list[RawRecord | None]:
    """One answer for each id, in their order; None where there is no such record, or where it was deleted."""
    found = records(session, modules, object_name, ids)
    return [found.get(one) for one in ids]


def are_there(session: Session, modules: Modules, object_name: str, ids: Sequence[str]) -> list[bool]:
    """Whether each record is there, as `fetch` says it: without its fields, however many are mapped."""
    if object_name == USERS:
        return [one is not None for one in fetch(session, modules, object_name, ids)]
    asked = list(dict.fromkeys(one for one in ids if is_id(one)))
    names = (
        (MODIFIED,) if MODIFIED in modules.fields(object_name) else want(modules.fields(object_name), None).listed[:1]
    )
    found = some_fields(session, object_name, asked, names)
    return [one in found for one in ids]


def records(session: Session, modules: Modules, module: str, ids: Sequence[str]) -> dict[str, RawRecord]:
    """The live records of those ids, by id; converted leads and records in approval too."""
    asked = list(dict.fromkeys(one for one in ids if is_id(one)))
    if not asked:
        return {}
    if module == USERS:
        every = {one.external_id: one for page in users(session, PullRequest(USERS)) for one in page.records}
        return {one: every[one] for one in asked if one in every}
    wanted, shape = want(modules.fields(module), None), modules.shape(module)
    listing = Listing(session, module, wanted, session.options.page_size, filters_for(module))
    found: dict[str, RawRecord] = {}
    for start in range(0, len(asked), IDS_A_CALL):
        rows = _whole(listing, asked[start : start + IDS_A_CALL])
        found |= {str(row[KEY]): raw_record(module, shape.from_json(row)) for row in with_links(listing, rows)}
    return found


def _whole(listing: Listing, ids: Sequence[str]) -> list[Row]:
    """The rows with all their fields, 49 or 50 a call; of two times the older, as whoever compares it must see."""
    first, *more = field_sets(listing.wanted.listed)
    found: dict[str, dict[str, object]] = {one: dict(row) for one, row in rows_of(listing, ids, first).items()}
    for names in more:
        rest = rows_of(listing, list(found), names)
        found = {one: {**rest[one], **row} for one, row in found.items() if one in rest}
    return list(found.values())


def some_fields(session: Session, module: str, ids: Sequence[str], names: Sequence[str]) -> dict[str, Row]:
    """A few fields of those records, as Zoho sends them, by id."""
    listing = Listing(session, module, Wanted(()), session.options.page_size, filters_for(module))
    found: dict[str, Row] = {}
    for start in range(0, len(ids), IDS_A_CALL):
        found |= rows_of(listing, list(ids[start : start + IDS_A_CALL]), names)
    return found


def rows_of(listing: Listing, ids: Sequence[str], names: Sequence[str]) -> dict[str, Row]:
    """The rows of ids that fit into a call; asked again for those that did not come, until nothing more does."""
    found: dict[str, Row] = {}
    missing = list(ids)
    while missing:
        some = _Call(listing, names).answer(missing)
        left = [one for one in missing if one not in some]
        found |= {one: row for one, row in some.items() if one in missing}
        if not some or len(left) == len(missing):
            break
        missing = left
    return found


def is_id(text: str) -> bool:
    """Whether a text can be an id of Zoho: anything else would have a whole call refused."""
    return text.isascii() and text.isdigit() and len(text) <= 20  # noqa: PLR2004 - as long as Zoho's numbers get


@dataclass(frozen=True, slots=True)
class _Call:
    """One question for ids, and what is done where Zoho does not take it as it is."""

    listing: Listing
    names: Sequence[str]

    def answer(self, ids: Sequence[str]) -> Mapping[str, Row]:
        try:
            return by_ids(self.listing.session, self.listing.module, ids, self.names, self._filters)
        except Refused as error:
            return self._otherwise(ids, error)

    def _otherwise(self, ids: Sequence[str], error: Refused) -> Mapping[str, Row]:
        """Without a parameter that is refused, in halves where there are too many, else one by one."""
        refusal, listing = error.refusal, self.listing
        if refusal.what in listing.filters and refusal.what not in listing.dropped:
            listing.dropped.add(str(refusal.what))
            return self.answer(ids)
        if refusal.code == "LIMIT_EXCEEDED" and len(ids) > 1:
            half = len(ids) // 2
            return {**self.answer(ids[:half]), **self.answer(ids[half:])}
        if refusal.code == "INVALID_DATA" or (refusal.meaning is Meaning.GONE and refusal.code != "INVALID_MODULE"):
            single = {one: one_record(listing.session, listing.module, one, self.names) for one in ids}
            return {one: {KEY: one, **row} for one, row in single.items() if row is not None}
        raise error

    @property
    def _filters(self) -> Mapping[str, str]:
        return {key: value for key, value in self.listing.filters.items() if key not in self.listing.dropped}
