"""The scores of reps and the figures of customers, for bench/pack_pandas.py."""

from collections.abc import Mapping

import numpy as np  # type: ignore[import-not-found]
import pandas as pd  # type: ignore[import-untyped]
from pack_figures import Figures
from pack_pandas_moments import LISTED, Moments, day_of, shown

AMOUNT_ASKED, AMOUNT_NEEDED = 2, 4
"""From the stage of this rank on."""
LEAST = 10
"""With fewer records a score says nothing."""
STALE_DAYS, SILENT_DAYS, YEAR, OWN_GAP_FROM, USUAL_GAP = 30, 60, 365, 3, 120
VIP_POINTS, VIP_WORKDAYS = 13, 10
LATE, SILENT, LESS, HIGH = 30, 25, 20, 60
WEIGHTS = {"required_fields": 3, "result_record": 3, "unassigned": 2, "amount_missing": 2, "close_overdue": 2}
WEIGHTS |= {"stalled": 2, "stage_unmapped": 1, "lost_without_reason": 1, "stale": 1, "owner_inactive": 1}
WEIGHTS |= {"duplicates": 1}


def touched(done: pd.DataFrame, cut: int) -> pd.DataFrame:
    """When each deal was last touched, and last heard of."""
    done = done[done.at_us <= cut]
    is_call = done.type == "call"
    came = (done.direction == "in") & (is_call | done.type.isin(["email", "im"]))
    two_way = came | (done.type == "meeting") | (is_call & (done.outcome != "no answer"))
    return pd.DataFrame(
        {"touched_us": done.groupby("deal").at_us.max(), "heard_us": done[two_way].groupby("deal").at_us.max()}
    )


def compliance(h: pd.DataFrame, tables: Mapping[str, pd.DataFrame], users: pd.DataFrame, moments: Moments) -> Figures:
    """The score of each rep with the checks that cost most, and the stages over their limits."""
    tallies = [of_deals(h, moments), of_accounts(tables["accounts"], users), of_activities(tables["done"], moments)]
    judged = pd.concat([one["required_fields"].applies for one in tallies]).groupby(level=0, dropna=False).sum()
    long = pd.concat([one.stack(level=0, future_stack=True).dropna() for one in tallies])  # noqa: PD013 - two columns a check
    long = long.groupby(level=[0, 1], dropna=False).sum()
    long = long[long.applies > 0]
    long["weight"] = long.index.get_level_values(1).map(WEIGHTS)
    long["points"] = long.weight * (long.applies - long.fails) / long.applies
    long["cost"] = long.weight * long.fails / long.applies
    sums = long.groupby(level=0, dropna=False)[["weight", "points"]].sum()
    scores = np.floor(1000 * sums.points / sums.weight + 0.5) / 10
    failing = long[long.fails > 0].rename_axis(["owner", "topic"]).reset_index()
    failing = failing.sort_values(["cost", "topic"], ascending=[False, True])
    worst = failing.groupby("owner", dropna=False).topic.agg(lambda some: some.head(3).tolist())
    labels = {owner: "unknown" if pd.isna(owner) else owner.removeprefix("ref:") for owner in judged.index}
    labels |= users.name.to_dict()
    found: Figures = {}
    for owner, n in judged.items():
        is_enough = n >= LEAST
        told = [float(scores[owner]), worst.get(owner, [])] if is_enough else [None, None]
        found[f"compliance score {labels[owner]}"] = [int(n), *told]
    for (owner, stage), n in h[h.is_stalled].groupby(["owner", "stage"], dropna=False).size().items():
        name = "" if pd.isna(owner) else f"{labels[owner]} "
        found[f"compliance limit {name}{stage}"] = [n]
    return found


def tally(owner: pd.Series, checks: Mapping[str, tuple[pd.Series, pd.Series]]) -> pd.DataFrame:
    """By owner and check: to how many records it applies, and how many fail."""
    flags = {
        (name, what): mask
        for name, (applies, fails) in checks.items()
        for what, mask in (("applies", applies), ("fails", applies & fails))
    }
    return pd.DataFrame(flags).groupby(owner, dropna=False).sum()


def of_deals(h: pd.DataFrame, moments: Moments) -> pd.DataFrame:
    """The checks of deals."""
    r = h[h.state != "void"]
    every, none = pd.Series(True, r.index), pd.Series(False, r.index)
    lacks_account = r.account_ref.isna() & r.account_id.isna()
    lacks_now = r.is_open & (r.expected.isna() | ((r.ord >= AMOUNT_ASKED) & r.amount.isna()))
    seen = np.fmax(r.created_us, np.fmax(r.modified_us.where(r.modified_us <= moments.cut), r.touched_us))
    checks = {
        "required_fields": (every, r.name.isna() | lacks_account | r.owner.isna() | lacks_now),
        "unassigned": (every, r.owner.isna()),
        "stage_unmapped": (every, none),
        "amount_missing": ((r.state == "won") | (r.is_open & (r.ord >= AMOUNT_NEEDED)), r.amount.fillna(0) == 0),
        "lost_without_reason": (r.state == "lost", r.reason.isna()),
        "stale": (r.is_open, moments.today - day_of(seen) > STALE_DAYS),
        "close_overdue": (r.is_open & r.expected.notna(), r.expected < moments.today),
        "owner_inactive": (r.is_open & r.owner_id.notna(), r.is_inactive),
        "stalled": (r.is_open, r.is_stalled),
    }
    return tally(r.owner, checks)


def of_accounts(accounts: pd.DataFrame, users: pd.DataFrame) -> pd.DataFrame:
    """The checks of accounts."""
    every = pd.Series(True, accounts.index)
    alike = accounts.groupby([accounts.name.str.lower(), "city"]).id.transform("size")
    checks = {
        "required_fields": (every, accounts.name.isna()),
        "owner_inactive": (every, accounts.owner_id.map(users.active) == 0),
        "duplicates": (every, alike > 1),
    }
    return tally(accounts.owner_id, checks)


def of_activities(done: pd.DataFrame, moments: Moments) -> pd.DataFrame:
    """The checks of activities."""
    owner = done.owner_id.fillna("ref:" + done.owner_ref)
    every = pd.Series(True, done.index)
    checks = {
        "required_fields": (every, owner.isna()),
        "result_record": (done.at_us <= moments.cut, done.outcome.isna()),
    }
    return tally(owner, checks)


def customers(h: pd.DataFrame, accounts: pd.DataFrame, users: pd.DataFrame, moments: Moments) -> Figures:
    """Value classes, VIPs with whom nobody was in touch, and who may leave."""
    c = bought_by(h, moments).join(accounts.set_index("id")[["name", "owner_id", "created_us"]], how="inner")
    talks = h.groupby("account_id")[["heard_us", "touched_us"]].max()
    c = c.join(talks)
    c["who"] = c.owner_id.map(users.name)
    c["is_told"] = c.touched_us.notna()
    c["heard_on"], c["touched_on"] = (day_of(c[name].fillna(c.created_us)) for name in ("heard_us", "touched_us"))
    vips = c[c.is_vip]
    found: Figures = {}
    for name, some in (*c.groupby("value_class"), ("vip", vips)):
        found[f"tiers {name}"] = [len(some), int(some.e4.sum())]
    c = c.rename_axis("id").reset_index()
    found |= gaps(c[c.is_vip & c.is_told].copy(), moments)
    return found | leaving(c, moments)


def bought_by(h: pd.DataFrame, moments: Moments) -> pd.DataFrame:
    """What each account bought, how often, and where that places it."""
    bought = h.loc[h.state == "won", ["account_id", "last_us", "amount"]].dropna(subset="account_id")
    bought["day"] = day_of(bought.last_us)
    bought["age"] = moments.today - bought.day
    by_account = bought.groupby("account_id")
    c = pd.DataFrame({"days_since": by_account.age.min()})
    recent, prior = bought[bought.age < YEAR], bought[(bought.age >= YEAR) & (bought.age < 2 * YEAR)]
    c["recent"], c["prior"] = recent.groupby("account_id").amount.sum(), prior.groupby("account_id").amount.sum()
    c = c.fillna({"recent": 0, "prior": 0})
    c["lacks"] = c.index.isin(bought.account_id[bought.amount.isna() & (bought.age < 2 * YEAR)])
    days = bought[["account_id", "day"]].drop_duplicates().sort_values(["account_id", "day"])
    days["gap"] = days.groupby("account_id").day.diff()
    paces = days.groupby("account_id").gap.agg(["size", "median"])
    c["gap"] = paces["median"].where(paces["size"] >= OWN_GAP_FROM, USUAL_GAP)
    window = (
        bought[bought.age <= YEAR]
        .groupby("account_id")
        .agg(age=("age", "min"), orders=("age", "size"), e4=("amount", "sum"))
    )
    n = len(window)
    order = (-window.age, window.orders, window.e4)
    points = sum(1 + (5 * (one.rank(method="min") - 1) // n).clip(upper=4) for one in order)
    window = window.sort_index().sort_values("e4", ascending=False, kind="stable")
    before = window.e4.cumsum() - window.e4
    whole = window.e4.sum()
    c["e4"] = window.e4
    c["value_class"] = pd.Series(
        np.select([before * 10 < whole * 8, before * 100 < whole * 95], ["A", "B"], "C"), window.index
    )
    c["is_vip"] = (c.value_class == "A") & (points.reindex(c.index) >= VIP_POINTS)
    return c


def gaps(vips: pd.DataFrame, moments: Moments) -> Figures:
    """The VIPs with whom nobody was in touch, the longest first."""
    vips["wait"] = moments.workdays[moments.today] - vips.touched_on.map(moments.workdays)
    vips = vips[vips.wait > VIP_WORKDAYS].sort_values(["wait", "name", "id"], ascending=[False, True, True])
    found: Figures = {
        f"customers gaps {place}": [row.id, row.name, row.who, shown(row.touched_on), int(row.wait)]
        for place, row in enumerate(vips.head(LISTED).itertuples(), start=1)
    }
    return found | ({"customers gaps more": [len(vips) - LISTED]} if len(vips) > LISTED else {})


def leaving(c: pd.DataFrame, moments: Moments) -> Figures:
    """The customers at a high risk of leaving, with what tells it."""
    c = c[~((c.days_since > YEAR) & (c.days_since > 3 * c.gap))]
    is_late, silent = c.days_since > 1.5 * c.gap, moments.today - c.heard_on
    is_silent = c.is_told & (silent >= SILENT_DAYS)
    is_less = ~c.lacks & (c.prior > 0) & (c.recent * 100 <= c.prior * 70)
    c = c.assign(is_late=is_late, silent=silent, is_silent=is_silent, is_less=is_less, e4=c.e4.fillna(0))
    c["score"] = LATE * is_late + SILENT * is_silent + LESS * is_less
    c = c[c.score >= HIGH].sort_values(["score", "e4", "name", "id"], ascending=[False, False, True, True])
    found: Figures = {}
    for place, row in enumerate(c.head(LISTED).itertuples(), start=1):
        told = [row.id, row.name, row.who, int(row.score)]
        told += [int(row.days_since), float(row.gap)] if row.is_late else [None, None]
        told += [int(row.silent) if row.is_silent else None]
        told += [int(row.recent), int(row.prior)] if row.is_less else [None, None]
        found[f"customers leaving {place}"] = told
    return found | ({"customers leaving more": [len(c) - LISTED]} if len(c) > LISTED else {})
