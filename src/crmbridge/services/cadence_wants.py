"""What the cadence wants in the CRMs: a task for everything that is due, and somebody told of what is overdue."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from crmbridge.facts.store import Facts
from crmbridge.services.cadence_document import CadenceConfig
from crmbridge.services.cadence_report import CLASS_ANSWER, DueTask, Reached
from crmbridge.services.wants import NoticeWanted, TaskWanted
from crmbridge.services.world import text as query

_BLANK = re.compile(r"\{([a-z_]+)\}")
Values = Mapping[str, Mapping[str, str]]
"""What templates may say of a company, by our id of the account and the name in the template."""


def values_of(facts: Facts, config: CadenceConfig) -> Values:
    """Needs and preferences of the companies, where a template asks for them: `{need}`, `{preference}`."""
    asked = {name for one in config.templates.values() for text in one.text.values() for name in _BLANK.findall(text)}
    if not asked & {"need", "preference"}:
        return {}
    rows = facts.connection.cursor().execute(query("cadence_values")).fetchall()
    found: dict[str, Mapping[str, str]] = {}
    for account, needs, preferences in rows:
        told = {"need": json.loads(needs or "[]"), "preference": json.loads(preferences or "[]")}
        found[account] = {name: ", ".join(said) for name, said in told.items() if said}
    return found


def tasks_wanted(tasks: Iterable[DueTask], config: CadenceConfig, values: Values | None = None) -> Iterator[TaskWanted]:
    """A task with the filled template for everything that is due; the answer to a customer comes first.

    A text of which a part is not known is held back: the task is there, and says nothing that is blank.
    """
    for one in tasks:
        beside = {"contact": one.about_id if one.kind == "deal" else None, "account": one.account_id}
        yield TaskWanted(
            key=one.external_key,
            kind=one.kind,
            record_id=one.record_id,
            title=_title(one.template, one.customer, config),
            due=one.due_day,
            why=one.policy,
            owner=one.owner_id,
            due_at=one.due_at,
            priority="high" if one.queue_class == CLASS_ANSWER else None,
            content=_content(one, config, (values or {}).get(one.account_id or "", {})),
            beside={kind: id_ for kind, id_ in beside.items() if id_ is not None and kind != one.kind},
        )


def notices_wanted(
    reached: Iterable[Reached], tasks: Iterable[DueTask], config: CadenceConfig
) -> Iterator[NoticeWanted]:
    """Who is told of what is overdue, under one key for each rung. Where nobody owns it, nobody can be told."""
    titles = {one.external_key: (_title(one.template, one.customer, config), one.owner) for one in tasks}
    for one in reached:
        if one.to is None:
            continue
        title, owner = titles.get(one.key or "", ("", None))
        text = _filled(
            config.notices[one.what],
            config.language,
            customer=one.customer,
            day="" if one.due_day is None else one.due_day.isoformat(),
            title=title or one.policy,
            owner=owner,
        )
        yield NoticeWanted(one.notice_key, one.to, text, one.policy, one.kind, one.record_id)


def _content(one: DueTask, config: CadenceConfig, known: Mapping[str, str]) -> str | None:
    """What is to be said, whole or not at all."""
    texts = config.templates[one.template].text
    text = texts.get(config.language) or next(iter(texts.values()), "")
    told = {**known, **({"customer": one.customer} if one.customer else {})}
    if not text or any(name not in told for name in _BLANK.findall(text)):
        return None
    return _BLANK.sub(lambda found: told[found[1]], text)


def _title(template: str, customer: str | None, config: CadenceConfig) -> str:
    return _filled(config.templates[template].title, config.language, customer=customer)


def _filled(texts: Mapping[str, str], language: str, **values: str | None) -> str:
    """The text in the language, or in the first that there is, with the values in their places."""
    text = texts.get(language) or next(iter(texts.values()), "")
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value or "?")
    return text
