"""A company with a crowd of made-up persons in two systems, who stand in deals, calls and notes of others as well."""

import csv
import io
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

CONFIG = """
[workspace]
name = "crowd"
timezone = "Asia/Shanghai"
currency = "CNY"
ledger = "{ledger}"

[connections.crm]
adapter = "csv"
path = "exports"
[connections.crm.objects.users]
file = "users.csv"
key = "id"
[connections.crm.objects.accounts]
file = "accounts.csv"
key = "id"
[connections.crm.objects.contacts]
file = "contacts.csv"
key = "id"
[connections.crm.objects.leads]
file = "leads.csv"
key = "id"
[connections.crm.objects.deals]
file = "deals.csv"
key = "id"
[connections.crm.objects.calls]
file = "calls.csv"
key = "id"

[connections.shop]
adapter = "csv"
path = "shop"
[connections.shop.objects.buyers]
file = "buyers.csv"
key = "no"
[connections.shop.objects.tickets]
file = "tickets.csv"
key = "no"
"""

CRM = """
format = 1
[pipelines.sales]
[[pipelines.sales.stages]]
key = "talk"
category = "open"
labels = ["Talk"]
[[pipelines.sales.stages]]
key = "won"
category = "won"
labels = ["Won"]

[objects.users]
kind = "user"
[objects.users.fields]
name = "name"
email = "mail"
[objects.accounts]
kind = "account"
[objects.accounts.fields]
name = "name"
phones = "phone"
[objects.contacts]
kind = "contact"
keys = ["emails"]
[objects.contacts.fields]
full_name = "name"
emails = "mail"
phones = "phone"
title = "title"
account = { from = "account", object = "accounts" }
[objects.leads]
kind = "lead"
[objects.leads.fields]
full_name = "name"
emails = "mail"
phones = "phone"
company_name = "company"
[objects.deals]
kind = "deal"
[objects.deals.fields]
name = "title"
stage = "stage"
amount = "amount"
account = { from = "account", object = "accounts" }
contact = { from = "contact", object = "contacts" }
owner = { from = "owner", object = "users" }
vendor_created_at = { from = "created", format = ["%Y-%m-%d"], precision = "day" }
closed_at = { from = "closed", format = ["%Y-%m-%d"], precision = "day", when = "closed" }
[objects.deals.custom]
remark = { from = "remark", type = "long_text" }
[objects.calls]
kind = "activity"
[objects.calls.fields]
type = { value = "call" }
subject = "subject"
content = "text"
contact = { from = "contact", object = "contacts" }
started_at = { from = "day", format = ["%Y-%m-%d"] }
"""

SHOP = """
format = 1
[objects.buyers]
kind = "contact"
keys = ["emails"]
[objects.buyers.fields]
full_name = "name"
emails = "mail"
phones = "phone"
[objects.tickets]
kind = "ticket"
[objects.tickets.fields]
name = "what"
contact = { from = "buyer", object = "buyers" }
content = "text"
"""

_FAMILIES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹"
_GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂文辉建国志新海燕雪梅"
_LATIN = "Ada Bela Cleo Dina Egon Fay Gus Hedda Ivo Jana Kees Lena Milo Nora Otto Pia Quin Rhea Sven Tess Udo"
_LAST = "Abbot Brandt Castel Dvorak Eklund Farkas Grieg Halvor Ibsen Jansen Kovacs Lindgren Moreau Novak Orban"


@dataclass(frozen=True)
class Person:
    """One made-up person; `shop_no` where the shop knows him too, `is_lead` where he is a lead and no contact."""

    number: int
    name: str
    mail: str
    phone: str
    shop_no: int | None
    is_lead: bool

    @property
    def id(self) -> str:
        return f"{'LD' if self.is_lead else 'CT'}-{self.number:08d}"

    @property
    def traces(self) -> list[str]:
        """What must be found nowhere; a Chinese name too, since every one is unique here."""
        return [self.name, self.mail, self.phone, self.phone.removeprefix("+86"), self.id]


def people(count: int, seed: int = 7) -> list[Person]:
    """So many persons, each with a name of his own."""
    draw = random.Random(seed)  # noqa: S311 - made-up names
    names: list[str] = []
    while len(names) < count:
        if len(names) % 2:
            first, last = draw.choice(_LATIN.split()), draw.choice(_LAST.split())
            name = f"{first}{draw.choice('abcdefgh')} {last}{draw.choice('uvwxyz')}"
        else:
            name = draw.choice(_FAMILIES) + draw.choice(_GIVEN) + draw.choice(_GIVEN)
        if name not in names:
            names.append(name)
    phones = draw.sample(range(10_000_000), count)
    return [
        Person(
            number,
            name,
            f"p{draw.randrange(10**9):09d}@mail.example",
            f"+86138{phone:08d}",
            number if draw.random() < 0.5 else None,
            draw.random() < 0.25,
        )
        for number, (name, phone) in enumerate(zip(names, phones, strict=True), 1)
    ]


def table(header: str, rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return out.getvalue()


@dataclass
class Crowd:
    """The folder of a workspace, and who is in it."""

    folder: Path
    people: list[Person]
    turn: int = 0
    absent: set[int] = field(default_factory=set)

    @classmethod
    def make(cls, folder: Path, count: int, ledger: str = "sqlite:///crmbridge.db") -> "Crowd":
        made = cls(folder, people(count))
        for name, text in {
            "crmbridge.toml": CONFIG.replace("{ledger}", ledger),
            "mapping/crm.toml": CRM,
            "mapping/shop.toml": SHOP,
        }.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        made.write()
        return made

    def write(self) -> None:
        """The systems' exports as of this turn: every turn something of everybody, and of what names him, changes."""
        contacts = [one for one in self.people if not one.is_lead]
        leads = [one for one in self.people if one.is_lead]
        many = contacts[0]
        self._put("exports/users.csv", "id,name,mail", [["u1", "Olga Keeper", "olga@own.example"]])
        accounts = [[f"AC-{n:06d}", f"Firm {n}", f"+8621{60000000 + n}"] for n in range(1, len(self.people) // 4 + 2)]
        accounts.append(["AC-999999", f"{contacts[1].name} Studio", contacts[1].phone])
        self._put("exports/accounts.csv", "id,name,phone", accounts)
        self._put(
            "exports/contacts.csv",
            "id,name,mail,phone,title,account",
            [
                [one.id, one.name, one.mail, _spaced(one), f"Chief {self.turn}", f"AC-{one.number // 4 + 1:06d}"]
                for one in contacts
            ],
        )
        self._put(
            "exports/leads.csv",
            "id,name,mail,phone,company",
            [[one.id, one.name, one.mail, one.phone, f"Firm {one.number}"] for one in leads],
        )
        self._put(
            "exports/deals.csv",
            "id,title,stage,amount,account,contact,owner,created,closed,remark",
            [
                [
                    f"DL-{n:08d}",
                    f"Rollout for {one.name}" if n % 3 else f"Order {n}",
                    "Won" if n % 2 else "Talk",
                    "oops" if n % 50 == 49 else f"{100 + n}.{n % 90 + 10}",
                    f"AC-{one.number // 4 + 1:06d}",
                    one.id,
                    "u1",
                    "2026-01-05",
                    "2026-02-04" if n % 2 else "",
                    f"turn {self.turn}: write to <{one.mail}> or ring {_spaced(one)}, asks {one.name}",
                ]
                for n, one in enumerate(contacts * 2)
            ]
            + [
                [
                    f"DM-{n:08d}",
                    f"{many.name}",
                    "Talk",
                    f"{n}.00",
                    "AC-000001",
                    many.id,
                    "u1",
                    "2026-01-05",
                    "",
                    many.name,
                ]
                for n in range(300)
            ],
        )
        self._put(
            "exports/calls.csv",
            "id,subject,text,contact,day",
            [
                [
                    f"CL-{n:08d}",
                    f"Call {one.name.upper()}",
                    f'He said "{one.mail.upper()}"\nand {one.id}',
                    one.id,
                    "2026-02-03",
                ]
                for n, one in enumerate(contacts)
            ],
        )
        buyers = [one for one in self.people if one.shop_no is not None]
        self._put(
            "shop/buyers.csv", "no,name,mail,phone", [[one.shop_no, one.name, one.mail, one.phone] for one in buyers]
        )
        self._put(
            "shop/tickets.csv",
            "no,what,buyer,text",
            [
                [f"TK-{one.shop_no:08d}", f"Broken {self.turn}", one.shop_no, f"{one.name}: {one.phone}"]
                for one in buyers
            ],
        )

    def _put(self, name: str, header: str, rows: Iterable[Iterable[object]]) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(table(header, rows), encoding="utf-8")

    def next_turn(self) -> None:
        self.turn += 1
        self.write()


def _spaced(one: Person) -> str:
    bare = one.phone.removeprefix("+86")
    return f"+86 {bare[:3]} {bare[3:7]} {bare[7:]}"


def found_in(text: str, someone: Iterable[Person]) -> list[str]:
    """Which traces of persons are in a text, whatever the size of the letters and the spaces in numbers."""
    folded = text.casefold()
    bare = re.sub(r"(?<=\d)[ -](?=\d)", "", folded)
    return [trace for one in someone for trace in one.traces if trace.casefold() in folded or trace.casefold() in bare]
