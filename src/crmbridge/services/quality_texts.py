"""What each check says and what to do about it: English templates, translated where they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from crmbridge.model.notes import Note


@dataclass(frozen=True, slots=True)
class Topic:
    """One check in words. `says` tells what is wrong with the records that fail it, `fix` the next step."""

    id: str
    says: Note
    fix: Note


def _topic(name: str, says: Note, fix: Note) -> tuple[str, Topic]:
    return name, Topic(name, says, fix)


TOPICS: Mapping[str, Topic] = dict(
    (
        _topic(
            "required_fields",
            Note("REQUIRED_FIELDS", "required fields are blank"),
            Note("FIX", "fill them in the CRM, or say in quality.toml what is really required"),
        ),
        _topic(
            "result_record",
            Note("RESULT_RECORD", "done without a word about the result"),
            Note("FIX", "note content, outcome or feedback after each touch"),
        ),
        _topic(
            "next_step",
            Note("NEXT_STEP", "done on an open deal without a next step"),
            Note("FIX", "agree on a next step with its date at the end of each touch"),
        ),
        _topic(
            "first_response",
            Note("FIRST_RESPONSE", "not answered within the time for a first response"),
            Note("FIX", "answer the waiting ones now; look at who assigns leads, and when"),
        ),
        _topic(
            "stale",
            Note("STALE", "open without a touch or a change for too long"),
            Note("FIX", "talk to the customer, or close what is dead"),
        ),
        _topic(
            "duplicates",
            Note("DUPLICATES", "certain or probable duplicates"),
            Note("FIX", "merge them in the CRM into the proposed survivor"),
        ),
        _topic(
            "unassigned",
            Note("UNASSIGNED", "nobody owns them"),
            Note("FIX", "assign each an owner"),
        ),
        _topic(
            "owner_unknown",
            Note("OWNER_UNKNOWN", "the owner is not among the users"),
            Note("FIX", "map the users too, or hand the records to somebody who is there"),
        ),
        _topic(
            "owner_inactive",
            Note("OWNER_INACTIVE", "the owner has left or is inactive"),
            Note("FIX", "hand them over to an active owner"),
        ),
        _topic(
            "stage_unmapped",
            Note("STAGE_UNMAPPED", "the stage is one that no mapping names"),
            Note("FIX", "add its label to a stage of the mapping; crmbridge mapping check lists the labels"),
        ),
        _topic(
            "status_contradiction",
            Note("STATUS_CONTRADICTION", "converted, but the status says junk or lost"),
            Note("FIX", "set the status to converted when a lead becomes a deal"),
        ),
        _topic(
            "open_certain",
            Note("OPEN_CERTAIN", "open with a probability of 100 %"),
            Note("FIX", "close what is won, or correct the probability: it distorts the forecast"),
        ),
        _topic(
            "won_uncertain",
            Note("WON_UNCERTAIN", "won with a probability below 100 %"),
            Note("FIX", "set the probability to 100 % when a deal is won"),
        ),
        _topic(
            "amount_missing",
            Note("AMOUNT_MISSING", "far along or won, but without an amount"),
            Note("FIX", "enter the amount with the quote"),
        ),
        _topic(
            "amount_negative",
            Note("AMOUNT_NEGATIVE", "the amount is negative"),
            Note("FIX", "correct the sign, or enter a refund as a refund"),
        ),
        _topic(
            "close_overdue",
            Note("CLOSE_OVERDUE", "still open after the expected closing date"),
            Note("FIX", "close the deal, or set a date that can be kept"),
        ),
        _topic(
            "close_before_creation",
            Note("CLOSE_BEFORE_CREATION", "closed before it was created"),
            Note("FIX", "correct one of the two dates; cycle times rest on them"),
        ),
        _topic(
            "expected_before_creation",
            Note("EXPECTED_BEFORE_CREATION", "expected to close before it was created"),
            Note("FIX", "correct the expected closing date"),
        ),
        _topic(
            "closed_undated",
            Note("CLOSED_UNDATED", "closed, but nobody knows when"),
            Note("FIX", "enter the closing date; without it the deal is in no period"),
        ),
        _topic(
            "lost_without_reason",
            Note("LOST_WITHOUT_REASON", "lost without a reason"),
            Note("FIX", "make the reason a required field of the lost stage"),
        ),
        _topic(
            "stalled",
            Note("STALLED", "in its stage for longer than the stage's time limit"),
            Note("FIX", "move it, put it on hold with a date, or close it"),
        ),
        _topic(
            "contact_elsewhere",
            Note("CONTACT_ELSEWHERE", "the contact belongs to another account than the deal"),
            Note("FIX", "correct the contact or the account of the deal"),
        ),
        _topic(
            "references",
            Note("REFERENCES", "they point at records that are not there"),
            Note("FIX", "read the missing records too, or correct the reference"),
        ),
        _topic(
            "modified_before_creation",
            Note("MODIFIED_BEFORE_CREATION", "changed before it was created"),
            Note("FIX", "look at the clock or the time zone of the source, or at its mapping"),
        ),
        _topic(
            "before_its_lead",
            Note("BEFORE_ITS_LEAD", "happened before its lead was created"),
            Note("FIX", "correct the date, or the lead that it is about"),
        ),
        _topic(
            "logged_late",
            Note("LOGGED_LATE", "logged days after it happened"),
            Note("FIX", "log activities on the day itself"),
        ),
        _topic(
            "phones",
            Note("PHONES", "a telephone number that cannot be dialled"),
            Note("FIX", "correct the number; name the region in quality.toml where it is another one"),
        ),
        _topic(
            "unmet_gate",
            Note("UNMET_GATE", "moved on although the gate of a stage was not met"),
            Note("FIX", "note what each stage asks for before moving on"),
        ),
        _topic(
            "quote",
            Note("QUOTE", "the quote has expired, or its discount was not approved"),
            Note("FIX", "renew the quote, or have the discount approved"),
        ),
        _topic(
            "repeats",
            Note("REPEATS", "exact repeats of another row of the same file"),
            Note("FIX", "clean the export, or set duplicates to one for this file"),
        ),
    )
)
