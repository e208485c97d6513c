"""The pandas side of bench/pack.py: the figures of the pack out of the tables of the ledger (SQLite).

Run by `uv run --with pandas python bench/pack.py --sides product,hand,pandas`. It stands for somebody who has the
ledger and no services, and knows pandas: only the columns that are needed are read, texts that join become numbers
once, all is done by column. Money in 1/10,000 fits into a float without loss up to 2 to the 53.
pack_pandas_people.py goes on.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np  # type: ignore[import-not-found]
import pack_pandas_people as people
import pandas as pd  # type: ignore[import-untyped]
from pack_figures import Figures
from pack_ledger import ledger_of
from pack_pandas_moments import DAY_US, LISTED, Moments, day_of, shown
from pack_took import Clock, Took
from services import OPEN_STAGES, PIPELINE

STAGES = [stage.key for stage in PIPELINE.stages]
ORD = {key: place for place, key in enumerate(STAGES, start=1)}
STATE = np.array(["", *(str(stage.category) for stage in PIPELINE.stages)])
SLA = np.array([0, *(stage.sla_days or 0 for stage in PIPELINE.stages)])
WON = OPEN_STAGES + 1
Z95, Z_OF_FOUR = 1.959963984540054, 2.4977054744123723
"""For an interval of 95 %, and for four that shall hold together."""
NOTABLE = 0.05
QUIET_DAYS, BACK_DAYS = 14, 30
HIGH, MEDIUM = 15, 8

READ = {
    "users": "SELECT id, name, active FROM user",
    "accounts": "SELECT id, name, city, owner_id, vendor_created_at_us AS created_us FROM account",
    "deals": "SELECT id, external_id, name, owner_id, owner_ref, source, account_id, account_ref, amount_e4 AS amount,"
    " expected_close, vendor_created_at_us AS created_us, vendor_created_at_precision AS precision,"
    " vendor_modified_at_us AS modified_us, reason FROM deal",
    "events": "SELECT record_id, seq, from_stage, to_stage, at_us FROM stage_event WHERE kind = 'deal'",
    "done": "SELECT deal_id, owner_id, owner_ref, type, direction, outcome, started_at_us AS at_us FROM activity",
}
Tables = dict[str, pd.DataFrame]


def figures(file: Path, moments: Moments) -> tuple[Took, Figures]:
    """How long it takes, and the figures."""
    path = ledger_of(file)
    clock = Clock()
    with closing(sqlite3.connect(path)) as ledger:
        tables = {name: pd.read_sql_query(query, ledger) for name, query in READ.items()}
    found = worked_out(tables, moments)
    return clock.took(), found


def worked_out(tables: Tables, moments: Moments) -> Figures:
    """The figures of the tables."""
    deals, users = tables["deals"], tables["users"].set_index("id")
    of_deal = pd.Index(deals.id)
    for name, key in (("events", "record_id"), ("done", "deal_id")):
        tables[name]["deal"] = of_deal.get_indexer(tables[name].pop(key))
    h = standing(deals, tables["events"], moments)
    h["who"] = h.owner_id.map(users.name).fillna(h.owner_ref)
    h["owner"] = h.owner_id.fillna("ref:" + h.owner_ref)
    h["is_inactive"] = h.owner_id.map(users.active) == 0
    h["label"] = h.name.fillna(h.external_id)
    found: Figures = {}
    for part in (waterfall, changes, funnel, ageing, channels, forecast, recognition, overdue):
        found |= part(h, moments)
    h = h.join(people.touched(tables["done"], moments.cut))
    found |= risk(h, moments)
    found |= people.compliance(h, tables, users, moments)
    found |= people.customers(h, tables["accounts"], users, moments)
    return found


def standing(deals: pd.DataFrame, events: pd.DataFrame, moments: Moments) -> pd.DataFrame:
    """The deals that existed, with where each stands, stood, how far it got, and what it did in the week."""
    events = events[events.at_us <= moments.cut]
    events = events.assign(ord=events.to_stage.map(ORD), came=events.from_stage.map(ORD))
    is_open = events.ord <= OPEN_STAGES
    in_week = (events.at_us > moments.start) & (events.at_us <= moments.until)
    back = events[is_open & (events.ord < events.came)]
    by_deal = events.groupby("deal")
    ways = events.loc[by_deal.seq.idxmax(), ["deal", "ord"]].set_index("deal")
    ways["first_us"], ways["last_us"] = by_deal.at_us.min(), by_deal.at_us.max()
    ways["furthest"] = events[is_open].groupby("deal").ord.max()
    before = events[events.at_us <= moments.start]
    ways["was"] = before.loc[before.groupby("deal").seq.idxmax()].set_index("deal").ord
    ways["back_us"] = back[back.at_us > moments.cut - BACK_DAYS * DAY_US].groupby("deal").at_us.max()
    ways["went_on"] = ways.index.isin(events.deal[is_open & in_week & (events.ord > events.came)])
    ways["went_back"] = ways.index.isin(back.deal[in_week[back.index]])
    h = deals.join(ways, how="inner")
    h["stage"], h["state"], h["sla"] = np.array(["", *STAGES])[h.ord], STATE[h.ord], SLA[h.ord]
    h["is_open"] = h.ord <= OPEN_STAGES
    h["reached"] = h.furthest.where(h.ord != WON, WON)
    h["expected"] = day_of(pd.to_datetime(h.expected_close, format="%Y-%m-%d"))
    days = moments.today - day_of(h.last_us)
    h["age_us"] = np.where(h.precision == "day", days * DAY_US, moments.cut - h.last_us)
    h["is_stalled"] = h.is_open & (h.age_us > h.sla * DAY_US)
    h["in_week"] = (h.last_us > moments.start) & (h.last_us <= moments.until)
    h["is_alive"] = h.was.isna() | (h.was <= OPEN_STAGES)
    h["is_new"] = h.was.isna() & (h.first_us <= moments.until)
    return h


def waterfall(h: pd.DataFrame, moments: Moments) -> Figures:
    """How many deals each step has, their money, and how many have none."""
    gone = h.is_alive & h.in_week
    stays = h.is_alive & (h.first_us <= moments.until) & (h.is_open | (h.last_us > moments.until))
    steps = {"opening": (h.was <= OPEN_STAGES, 1), "new": (h.is_new, 1), "closing": (stays, 1)}
    steps |= {state: (gone & (h.state == state), -1) for state in ("won", "lost", "void")}
    return {
        f"waterfall {name}": [int(mask.sum()), sign * int(h.amount[mask].sum()), int(h.amount[mask].isna().sum())]
        for name, (mask, sign) in steps.items()
        if mask.any()
    }


def changes(h: pd.DataFrame, _moments: Moments) -> Figures:
    """The deals that came and went, those with the most money first, and those that went on and back."""
    found: Figures = {}
    masks = {state: h.is_alive & h.in_week & (h.state == state) for state in ("won", "lost")}
    for what, mask in (masks | {"new": h.is_new}).items():
        some = h[mask]
        some = some.assign(most=some.amount.fillna(-10_000), text=some.name.fillna(""))
        some = some.sort_values(["most", "text", "id"], ascending=[False, True, True])
        for place, row in enumerate(some.head(LISTED).itertuples(), start=1):
            reason = None if what == "new" else known(row.reason)
            found[f"changes {what} {place}"] = [row.id, row.label, known(row.who), money(row.amount), reason]
        if len(some) > LISTED:
            found[f"changes {what} more"] = [some.id[LISTED:].tolist()]
    for what, mask in (("advanced", h.went_on), ("regressed", h.went_back)):
        some = h.loc[mask, ["label", "id"]].sort_values(["label", "id"])
        if len(some):
            found[f"changes {what}"] = [some.id.tolist(), some.label[:5].tolist()]
    return found


def funnel(h: pd.DataFrame, _moments: Moments) -> Figures:
    """How many stand in each stage, reached it and went on, and where the fewest go on."""
    counted = h[h.state != "void"].groupby(["ord", "is_open", "reached"]).amount.agg(["size", "sum"]).reset_index()
    found: Figures = {}
    shares = {}
    for rank in range(1, OPEN_STAGES + 1):
        here, reached = counted[counted.ord == rank], counted[counted.reached >= rank]
        on, stay = reached[reached.reached > rank]["size"].sum(), reached[reached.is_open & (reached.reached == rank)]
        decided = int(reached["size"].sum() - stay["size"].sum())
        told = [int(here["size"].sum()), int(here["sum"].sum()), int(reached["size"].sum()), int(on), decided]
        found[f"funnel {STAGES[rank - 1]}"] = [*told, *wilson(int(on), decided, Z95), None]
        if decided >= people.LEAST * 2:
            shares[STAGES[rank - 1]] = on / decided
    found[f"funnel {min(shares, key=lambda key: shares[key])}"][-1] = "look here first"
    return found


def ageing(h: pd.DataFrame, _moments: Moments) -> Figures:
    """How many open deals of each stage have stood there for how long."""
    still = h[h.is_open]
    buckets = pd.cut(still.age_us // DAY_US, [-1, 7, 30, 60, 90, 180, 10**6], labels=False)
    ages = pd.crosstab(still.stage, buckets).reindex(columns=range(6), fill_value=0)
    return {f"ageing {key}": row for key, row in zip(ages.index, ages.to_numpy().tolist(), strict=True)}


def channels(h: pd.DataFrame, _moments: Moments) -> Figures:
    """How the sources do, and each against all others."""
    won = (h.state == "won")[h.state.isin(["won", "lost"])].groupby(h.source).agg(["sum", "size"])
    rest = won.sum() - won
    found: Figures = {}
    for key in won.index:
        (k, n), (others, m) = (int(one) for one in won.loc[key]), (int(one) for one in rest.loc[key])
        (low, high), (low_rest, high_rest) = wilson(k, n, Z_OF_FOUR), wilson(others, m, Z_OF_FOUR)
        more = k / n - others / m
        verdict = "no clear difference" if abs(more) < NOTABLE else "leading" if more > 0 else "trailing"
        if more - ((k / n - low) ** 2 + (high_rest - others / m) ** 2) ** 0.5 > 0:
            verdict = "winner"
        if more + ((high - k / n) ** 2 + (others / m - low_rest) ** 2) ** 0.5 < 0:
            verdict = "laggard"
        found[f"channels {key}"] = [k, n, *wilson(k, n, Z95), verdict]
    return found


def forecast(h: pd.DataFrame, moments: Moments) -> Figures:
    """What is won in the quarter, what may come, and that weighted by how often deals of the stage were won."""
    closed_on = day_of(h.last_us)
    past = h[h.state.isin(["won", "lost"]) & (closed_on >= moments.today - 365)]
    won = h[(h.state == "won") & (closed_on >= moments.quarter[0])].amount.sum()
    coming = h[h.is_open & h.expected.between(moments.today, moments.quarter[1])]
    chance = {rank: (past.ord == WON).sum() / (past.reached >= rank).sum() for rank in coming.ord.unique()}
    figures_ = {"closed": won, "weighted": won + (coming.amount * coming.ord.map(chance)).sum(), "commit": won}
    figures_ |= {"best_case": won, "total": won + coming.amount.sum()}
    return {f"forecast {name}": [float(e4)] for name, e4 in figures_.items()}


def recognition(h: pd.DataFrame, moments: Moments) -> Figures:
    """Who won most in the month."""
    won = h[(h.state == "won") & (day_of(h.last_us) >= moments.month)].groupby(["owner_id", "who"]).amount.sum()
    won = won[won != 0].reset_index().sort_values(["amount", "owner_id"], ascending=[False, True]).head(5)
    places = won.amount.rank(method="min", ascending=False)
    return {
        f"recognition {int(place)}": [row.who, money(row.amount)]
        for place, row in zip(places, won.itertuples(), strict=True)
    }


def overdue(h: pd.DataFrame, _moments: Moments) -> Figures:
    """The deals over the limits of their stages by rep, those furthest over first."""
    over = h[h.is_stalled]
    over = over.assign(times=over.age_us / over.sla)
    over = over.sort_values(["times", "age_us", "id"], ascending=[False, False, True])
    ids = over.groupby("who", dropna=False).id.agg(list)
    return {f"overdue {known(who)}": [len(some), some] for who, some in ids.items()}


def risk(h: pd.DataFrame, moments: Moments) -> Figures:
    """The deals at risk: how many, and the ten worst with what tells it."""
    r = h[h.is_open].copy()
    r["heard_on"] = day_of(np.fmax(r.heard_us, r.created_us))
    r["stalled"] = np.select([r.age_us > 2 * r.sla * DAY_US, r.is_stalled], [3, 2], 0)
    r["past"] = np.where(r.expected < moments.today, 3, 0)
    r["quiet"] = np.where(moments.today - r.heard_on >= QUIET_DAYS, 2, 0)
    r["points"] = r.stalled + r.past + r.quiet + np.where(r.back_us.notna(), 2, 0)
    likely = np.digitize(r.points, [1, 3, 5, 7])
    r["score"] = (1 + likely) * (1 + 5 * (r.amount.rank(method="min") - 1) // r.amount.count())
    r["exposed"] = np.array([5, 15, 35, 60, 85])[likely] * r.amount
    r = r[(r.score >= MEDIUM) | (r.score.isna() & (r.points > 0))]
    found: Figures = {"risk listed": [len(r)]}
    order = {"score": False, "exposed": False, "points": False, "expected": True, "id": True}
    worst = r.sort_values(list(order), ascending=list(order.values())).head(LISTED)
    for place, row in enumerate(worst.itertuples(), start=1):
        band = None if pd.isna(row.score) else "high" if row.score >= HIGH else "medium"
        told = [row.id, row.label, known(row.who), money(row.amount), money(row.score), band, "mitigate"]
        found[f"risk {place}"] = [*told, *why(row)]
    return found


def why(row: Any) -> list[str]:  # noqa: ANN401 - a row of risk
    """The signal with the most points, and its figure."""
    if row.stalled > row.past:
        return ["STALLED", str(int(row.age_us // DAY_US))]
    if row.past:
        return ["CLOSE_DATE_PAST", shown(row.expected)]
    return ["NO_ACTIVITY", shown(row.heard_on)] if row.quiet else ["REGRESSED", shown(day_of(row.back_us))]


def wilson(k: int, n: int, z: float) -> tuple[float, float]:
    """The interval of a rate."""
    middle, half = k / n + z * z / (2 * n), z * (k / n * (1 - k / n) / n + z * z / (4 * n * n)) ** 0.5
    scale = 1 + z * z / n
    return 0.0 if k == 0 else (middle - half) / scale, 1.0 if k == n else (middle + half) / scale


def known(value: Any) -> Any:  # noqa: ANN401 - a cell
    """A cell, None where it is blank."""
    return None if pd.isna(value) else value


def money(value: float) -> int | None:
    """A whole number, None where it is blank."""
    return None if pd.isna(value) else int(value)
