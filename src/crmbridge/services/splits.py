"""How the credit of deals is shared: a file of `deal,user,share`, its shares of a deal summing to 1.

```csv
deal,user,share
crm:333001,li@example.com,0.6
crm:333001,Zhou,0.4
```

A deal is named by its system and the id there, or by the id of ours; a user by name, address or id.
"""

import csv
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from io import StringIO
from typing import NamedTuple

from crmbridge.model.errors import ConfigError, ConfigErrors, suggestion
from crmbridge.services.credits import Splits
from crmbridge.services.people import Person, people
from crmbridge.services.world import World

HEADINGS = ("deal", "user", "share")


class _Line(NamedTuple):
    number: int
    deal: str
    user: str
    share: Fraction


def splits_of(world: World, text: str, *, file: str) -> Splits:
    """The shares by deal; ConfigErrors naming every line that is wrong, with the nearest user."""
    problems: list[ConfigError] = []
    lines = list(_read(text, file, problems))
    known = people(world)
    deals = dict(world.tuples("deals_named", named=sorted({line.deal for line in lines})))
    found: dict[str, list[tuple[str, Fraction]]] = {}
    first: dict[str, _Line] = {}
    for line in lines:
        user, deal = _user(line, known, file, problems), deals.get(line.deal)
        if deal is None:
            problems.append(
                ConfigError("{file}:{line}: there is no deal {deal}", file=file, line=line.number, deal=line.deal)
            )
        elif user is not None:
            found.setdefault(deal, []).append((user, line.share))
            first.setdefault(deal, line)
    for deal, shares in found.items():
        whole = sum((share for _, share in shares), Fraction(0))
        if whole != 1:
            problems.append(
                ConfigError(
                    "{file}:{line}: the shares of {deal} sum to {sum}, not to 1",
                    file=file,
                    line=first[deal].number,
                    deal=first[deal].deal,
                    sum=f"{float(whole):g}",
                )
            )
    if problems:
        raise ConfigErrors(sorted(problems, key=lambda one: int(str(one.context.get("line", 1)))))
    return {deal: tuple(shares) for deal, shares in found.items()}


def _read(text: str, file: str, problems: list[ConfigError]) -> Iterator[_Line]:
    reader = csv.DictReader(StringIO(text.lstrip("\ufeff")))
    if not set(HEADINGS) <= set(reader.fieldnames or ()):
        problems.append(
            ConfigError("{file}:1: a file of shares has the columns {columns}", file=file, columns=", ".join(HEADINGS))
        )
        return
    for row in reader:
        try:
            share = Fraction(Decimal((row["share"] or "").strip()))
        except (InvalidOperation, ValueError, OverflowError):
            share = Fraction(0)
        if not 0 < share <= 1:
            problems.append(
                ConfigError(
                    "{file}:{line}: {share} is no share between 0 and 1",
                    file=file,
                    line=reader.line_num,
                    share=row["share"],
                )
            )
            continue
        yield _Line(reader.line_num, (row["deal"] or "").strip(), (row["user"] or "").strip(), share)


def _user(line: _Line, known: dict[str, Person], file: str, problems: list[ConfigError]) -> str | None:
    mine = [person.id for person in known.values() if person.is_called(line.user)]
    if mine:
        return mine[0]
    near = suggestion(line.user, [person.shown for person in known.values()])
    problems.append(
        ConfigError(
            "{file}:{line}: there is no user {name}",
            file=file,
            line=line.number,
            name=line.user,
            nearest=near,
            hint="did you mean {nearest}?",
        )
    )
    return None
