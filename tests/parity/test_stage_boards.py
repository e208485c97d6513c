"""One board for each team, with a list or a status for each stage: a deal that moves on moves its card."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crmbridge.app import access
from crmbridge.app.bridge import Bridge
from crmbridge.app.demo.systems import PRESENT
from crmbridge.ledger import connections, shared
from crmbridge_sim.clock import VirtualClock
from crmbridge_sim.jira import JiraSimulator
from crmbridge_sim.jira import serving as jira
from crmbridge_sim.serve import Servers
from crmbridge_sim.trello import TrelloSimulator
from crmbridge_sim.trello import serving as trello

CONFIG = """\
[workspace]
name = "Fjordtech"
currency = "EUR"

[connections.crm]
adapter = "csv"
path = "crm"
objects.people = {{ file = "people.csv", key = "No" }}
objects.teams = {{ file = "teams.csv", key = "No" }}
objects.deals = {{ file = "deals.csv", key = "No", writable = true }}

[connections.tool]
credentials = "env:TOOL_LOGIN"
simulator = true
{tool}
[pairs.board]
left = "crm"
right = "tool"
kinds = ["deal"]
creates = "right"
only = {{ stage = ["s3", "s4", "s5"] }}
boards = {{ "North" = "north", "South" = "south" }}
remakes = true
fields = {{ stage = "left-owns", name = "left-owns" }}
"""
STAGES = """
[pipelines.sales]
{stages}
"""
STAGE = """
[[pipelines.sales.stages]]
key = "{key}"
category = "{category}"
labels = {labels}
write_label = "{label}"
"""
CRM = """\
format = 1
[objects.teams]
kind = "org_unit"
fields = { name = "Name" }
[objects.people]
kind = "user"
keys = ["email"]
fields = { name = "Name", email = "Mail", org_unit = { from = "Team", object = "teams" } }
[objects.deals]
kind = "deal"
pipeline = "sales"
fields = { name = "Name", stage = "Stage", owner = { from = "Who", object = "people" } }
"""
KEYS = {"s1": "open", "s2": "open", "s3": "open", "s4": "open", "s5": "open", "won": "won"}


def pipeline(labels: dict[str, list[str]]) -> str:
    """The stages with what a system calls them."""
    return STAGES.format(
        stages="".join(
            STAGE.format(key=key, category=category, labels=json.dumps(labels[key]), label=labels[key][0])
            for key, category in KEYS.items()
        )
    )


@dataclass
class Board:
    """A workspace with files and a tool whose boards have a place for each stage."""

    folder: Path
    behind: Any
    environ: dict[str, str]
    stages: dict[str, str]
    """The id of a list or status -> its stage."""
    later: timedelta = timedelta()

    def open(self) -> Bridge:
        return Bridge.open(self.folder, as_of=PRESENT + self.later, environ=self.environ)

    def wait(self, later: timedelta) -> None:
        """So long goes by, for the tool and for us."""
        self.later += later
        self.behind.clock.advance(later.total_seconds())

    def sync(self) -> int:
        self.wait(timedelta(minutes=2))
        with self.open() as bridge:
            return bridge.sync().exit_code

    def write(self, **stages: str) -> None:
        """The deals: a letter for the team, and the stage."""
        lines = [f"{name},Deal {name},{stage},{'P1' if name[0] == 'n' else 'P2'}\n" for name, stage in stages.items()]
        (self.folder / "crm" / "deals.csv").write_text("No,Name,Stage,Who\n" + "".join(lines), "utf-8")

    def allow(self) -> None:
        assert self.sync() == 0
        with self.open() as bridge:
            with bridge.wiring.ledger.begin() as tx:
                for row in connections.listing(tx):
                    shared.put(
                        tx, row.id, access.GRANTED, access.granted_text(["read", "tasks", "fields"], []), now_us=1
                    )
            for name in ("crm", "tool"):
                bridge.grant(name, "two-way")
        assert self.sync() == 3
        with self.open() as bridge:
            (plan,) = bridge.plans().rows
            assert bridge.apply(str(plan["plan"])).exit_code == 0

    def _card(self, title: str) -> str:
        if isinstance(self.behind, JiraSimulator):
            return next(str(one.id) for one in self.behind.store.issues.values() if one.values["summary"] == title)
        return str(next(key for key, one in self.behind.cards.items() if one.name == title))

    def cards(self) -> dict[str, tuple[str, str]]:
        """For each title the board (of issues: their type) and the stage in whose place its card stands."""
        if isinstance(self.behind, JiraSimulator):
            live = (one for one in self.behind.store.issues.values() if not one.archived)
            return {one.values["summary"]: (one.type_id, self.stages[one.values["status"]]) for one in live}
        return {one.name: (one.board, self.stages[one.place]) for one in self.behind.cards.values() if not one.closed}

    def archive(self, title: str) -> None:
        self.behind.backdoor.archive(self._card(title))

    def delete(self, title: str) -> None:
        self.behind.backdoor.delete(self._card(title))


def in_jira(folder: Path, servers: Servers) -> Board:
    """A project whose statuses are stages, with a type of issue for each team."""
    sim = JiraSimulator(seed=3, deals=0, clock=VirtualClock(PRESENT.timestamp()))
    told = jira.serve(sim, servers)
    tool = f'adapter = "jira"\nsite = "{told["api_url"]}"\n'
    for name, kind in (("north", "Follow-up"), ("south", "Task")):
        tool += f'[connections.tool.objects.{name}]\nproject = "SALE"\ntype = "{kind}"\n'
    places = {"s1": "x1", "s2": "x2", "s3": "10003", "s4": "10005", "s5": "10006", "won": "10004"}
    mapping = 'format = 1\n[objects.north]\nkind = "deal"\npipeline = "sales"\n'
    mapping += (
        'fields = { name = "summary", stage = { from = "status", part = "id" } }\n[objects.south]\nlike = "north"\n'
    )
    write(folder, tool, mapping + pipeline({key: [place] for key, place in places.items()}))
    login = json.dumps({"email": told["email"], "token": told["token"]})
    return Board(folder, sim, {"TOOL_LOGIN": login}, {place: key for key, place in places.items()})


def in_trello(folder: Path, servers: Servers) -> Board:
    """A board for each team, with a list for each stage."""
    sim = TrelloSimulator(seed=3, deals=0, clock=VirtualClock(PRESENT.timestamp()))
    told = trello.serve(sim, servers)
    tool = f'adapter = "trello"\napi_url = "{told["api_url"]}"\n'
    labels: dict[str, list[str]] = {key: [] for key in KEYS}
    mapping = "format = 1\n"
    for name, board in zip(("north", "south"), sim.boards, strict=True):
        for key in KEYS:
            labels[key].append(sim.backdoor.add_list(board, key))
        tool += f'[connections.tool.objects.{name}]\nboard = "{board}"\nlist = "{labels["s3"][-1]}"\n'
        stages = pipeline({key: [places[-1]] for key, places in labels.items()})
        mapping += f'[objects.{name}]\nkind = "deal"\npipeline = "{name}"\n'
        mapping += 'fields = { name = "name", stage = "idList" }\n' + stages.replace(
            "pipelines.sales", f"pipelines.{name}"
        )
    write(folder, tool, mapping)
    login = json.dumps({"key": told["key"], "token": told["token"]})
    return Board(folder, sim, {"TOOL_LOGIN": login}, {one: key for key, some in labels.items() for one in some})


def write(folder: Path, tool: str, mapping: str) -> None:
    (folder / "crmbridge.toml").write_text(CONFIG.format(tool=tool), "utf-8")
    (folder / "mapping").mkdir()
    (folder / "mapping" / "crm.toml").write_text(CRM + pipeline({key: [key.upper()] for key in KEYS}), "utf-8")
    (folder / "mapping" / "tool.toml").write_text(mapping, "utf-8")
    (folder / "crm").mkdir()
    (folder / "crm" / "teams.csv").write_text("No,Name\nT1,North\nT2,South\n", "utf-8")
    (folder / "crm" / "people.csv").write_text(
        "No,Name,Mail,Team\nP1,Li,li@x.example,T1\nP2,Bo,bo@x.example,T2\n", "utf-8"
    )


@pytest.fixture(params=[in_jira, in_trello], ids=["jira", "trello"])
def board(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Board]:
    with Servers() as servers:
        yield request.param(tmp_path, servers)


def test_a_deal_that_moves_on_moves_its_card_on_the_board_of_its_team(board: Board) -> None:
    board.write(n1="S1", n2="S4", s1="S3")
    board.allow()
    assert {title: stage for title, (_, stage) in board.cards().items()} == {
        "Deal n2": "s4",
        "Deal s1": "s3",
    }, "one that is not so far has no card"
    assert board.sync() == 0
    before = board.cards()
    board.write(n1="S3", n2="S5", s1="S3")
    assert board.sync() == 0
    assert {title: stage for title, (_, stage) in board.cards().items()} == {
        "Deal n1": "s3",
        "Deal n2": "s5",
        "Deal s1": "s3",
    }
    assert {title: where for title, (where, _) in board.cards().items() if title in before} == {
        title: where for title, (where, _) in before.items()
    }
    after = board.cards()
    assert board.sync() == 0
    assert board.cards() == after


def test_an_archived_card_is_not_made_again_and_a_deleted_one_is(board: Board) -> None:
    others = {f"s{number}": "S4" for number in range(1, 9)}
    board.write(n1="S3", n2="S3", **others)
    board.allow()
    assert board.sync() == 0
    before = board.cards()
    board.archive("Deal n1")
    assert [board.sync() for _ in range(3)] == [0, 0, 0]
    assert before.keys() - board.cards().keys() == {"Deal n1"}
    board.write(n1="S4", n2="S3", **others)
    board.sync()
    assert before.keys() - board.cards().keys() == {"Deal n1"}, "it is set aside, whatever becomes of the deal"
    board.delete("Deal s1")
    for _ in range(3):
        board.wait(timedelta(hours=25))  # Jira keeps no list of deletions: it is listed whole once a day
        board.sync()
    assert board.cards() == {title: place for title, place in before.items() if title != "Deal n1"}
