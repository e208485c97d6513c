"""What a table without a known kind looks like: each column by its values, and a draft to uncomment where it fits."""

from collections.abc import Iterator

from crmbridge.adapter.catalog import ObjectInfo
from crmbridge.mapping.guess import text
from crmbridge.mapping.guess.dates import DateGuess, guess_dates
from crmbridge.mapping.guess.numbers import looks_numeric
from crmbridge.mapping.guess.profile import Column, Sample
from crmbridge.model.notes import Note

_MOST_COLUMNS = 40


def nameless_lines(info: ObjectInfo, held: Sample | None) -> Iterator[str]:
    """The comments for an object that is not read: the question, its columns, and what they could be."""
    note = Note(
        "ASK_KIND",
        "what does {object} hold? Nothing in its name or its columns says it: it is not read",
        {"object": info.name},
    )
    yield ""
    yield from text.questions([note])
    for one in info.fields[:_MOST_COLUMNS]:
        column = held.column(one.name) if held else Column()
        if column.values:
            yield from text.comment(f"{one.name}: {_look(column, held)}, such as {', '.join(column.examples[:3])}")
    lines = [*_purchases(info, held)] if held else []
    if not lines:
        lines = [f"[objects.{text.key(info.name)}]", 'kind = "?"']
    else:
        yield from text.comment("These look like purchases. If they are, take the # away from here on:")
    yield from (f"# {text.printable(line)}" if line else "#" for line in lines)


def _look(column: Column, held: Sample | None) -> str:
    found = guess_dates(column.values)
    if found is not None:
        return f"dates written {' or '.join((*found.formats, *(one for ways in found.ambiguous for one in ways)))}"
    each = "each another one" if held and column.hashes and column.filled == held.records else "some more than once"
    sort = "numbers" if looks_numeric(column.values) else "texts"
    return f"{len(column.values)} different {sort}, {each}"


def _purchases(info: ObjectInfo, held: Sample) -> Iterator[str]:
    """A mapping of purchases: where there is one column of days, one of decimals, and one that repeats."""
    columns = {one.name: held.column(one.name) for one in info.fields}
    days = {name: found for name, column in columns.items() if (found := _days(column))}
    amounts = [name for name, column in columns.items() if name not in days and _has_decimals(column)]
    others = [name for name in columns if name not in days and name not in amounts]
    if len(days) != 1 or len(amounts) != 1 or not others:
        return
    ((day, found),) = days.items()
    yield f"[objects.{text.key(info.name)}]"
    yield 'kind = "order"'
    yield ""
    yield f"[objects.{text.key(info.name)}.fields]"
    yield f"ordered_at = {text.value({'from': day, 'format': list(found.formats)})}"
    yield f"amount = {text.value(amounts[0])}"
    yield ""
    yield f"[objects.{text.key(info.name)}.custom]"
    for name in others:
        yield f"{text.key(name)} = {text.value({'from': name, 'type': 'text'})}"


def _days(column: Column) -> DateGuess | None:
    found = guess_dates(column.values)
    return found if found is not None and not found.ambiguous and not found.bad else None


def _has_decimals(column: Column) -> bool:
    return looks_numeric(column.values) and any("." in value for value in column.values)
