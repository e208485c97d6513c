"""Issues by id and by our key. By id means the numeric id, which stays when an issue moves to another project.

The bulk call leaves out what it does not find without a word: each such id is asked for by itself, and "there is none"
is believed only once the login proved to be the expected account's.
"""

from collections.abc import Iterator, Sequence

from crmbridge.adapter.contract import RawRecord
from crmbridge.model.errors import ConfigError
from crmbridge_jira import made, people
from crmbridge_jira.config import USERS
from crmbridge_jira.issues import KEY, PROPERTY, asked, key_of, label_of, object_of, record_of
from crmbridge_jira.search import pages
from crmbridge_jira.session import Json, Session, jql, part, rows
from crmbridge_jira.thread import completed

MOST_IDS = 100
MOST_LABELS = 40


def issue(session: Session, external_id: str, fields: Sequence[str], project: str) -> Json | None:
    """One issue as it is now; None where it is gone."""
    if not external_id.isascii() or not external_id.isdigit():
        return None
    told = session.found(f"/issue/{part(external_id)}", project, {"fields": ",".join(fields), "properties": PROPERTY})
    return completed(session, told, project) if told is not None and told.get("id") == external_id else None


def issues(session: Session, external_ids: Sequence[str], fields: Sequence[str], project: str) -> dict[str, Json]:
    """The issues of those ids that there are."""
    ids = [one for one in dict.fromkeys(external_ids) if one.isascii() and one.isdigit()]
    found: dict[str, Json] = {}
    for start in range(0, len(ids), MOST_IDS) if session.options.is_cloud and len(ids) > 1 else ():
        body = {"issueIdsOrKeys": ids[start : start + MOST_IDS], "fields": list(fields), "properties": [PROPERTY]}
        told = rows(session.ask("/issue/bulkfetch", body), "issues")
        found |= {str(one.get("id")): completed(session, one, project) for one in told}
    for external_id in ids:
        if external_id not in found and (one := issue(session, external_id, fields, project)) is not None:
            found[external_id] = one
    return found


def fetch(session: Session, name: str, external_ids: Sequence[str], known: Sequence[str]) -> list[RawRecord | None]:
    """One answer for each id, in the same order."""
    if not external_ids:
        return []
    session.me()
    project = object_of(session.options, name).project
    found = issues(session, external_ids, asked(None, known), project)
    return [record_of(session, name, found[one]) if one in found else None for one in external_ids]


def find(
    session: Session, name: str, field_name: str, values: Sequence[str], known: Sequence[str]
) -> list[list[RawRecord]]:
    """For each value the issues with exactly that key; of users those with exactly that e-mail address."""
    if name == USERS:
        return _people(session, field_name, values)
    object_of(session.options, name)
    if field_name != KEY:
        text = "Jira finds {object} by {nearest} only, not by {field}"
        raise ConfigError(text, object=name, field=field_name, nearest=KEY)
    keys = [one for one in dict.fromkeys(values) if one]
    session.me()
    ids = [*_labelled(session, keys), *(one for key in keys if (one := made.known(session, key)) is not None)]
    records = [one for one in fetch(session, name, list(dict.fromkeys(ids)), known) if one is not None]
    records.sort(key=lambda one: int(one.external_id))
    return [[one for one in records if value and one.payload[KEY] == value] for value in values]


def _labelled(session: Session, keys: Sequence[str]) -> Iterator[str]:
    """The ids of issues with the labels of those keys, as the index knows them; a clone has the label alone."""
    for start in range(0, len(keys), MOST_LABELS):
        some = keys[start : start + MOST_LABELS]
        query = f"labels in ({', '.join(jql(label_of(key)) for key in some)}) ORDER BY key ASC"
        for page in pages(session, query, ["labels"]):
            wanted = [one for one in page.issues if key_of(session.options, one) in some]
            yield from (str(one.get("id")) for one in (wanted if session.options.is_cloud else page.issues))


def _people(session: Session, field_name: str, values: Sequence[str]) -> list[list[RawRecord]]:
    if field_name != people.EMAIL:
        text = "Jira finds {object} by {nearest} only, not by {field}"
        raise ConfigError(text, object=USERS, field=field_name, nearest=people.EMAIL)
    records, _ = people.records(session)
    return [[one for one in records if value and one.payload[people.EMAIL] == value] for value in values]
