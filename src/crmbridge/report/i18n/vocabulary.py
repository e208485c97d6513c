"""The closed vocabularies that are shown as words: listed here so that each has one Chinese word everywhere.

A `word` column holds one of these; a word that is not listed is shown as it is.
"""

from crmbridge.report.i18n import mark

KINDS = (
    mark("user"),
    mark("org_unit"),
    mark("product"),
    mark("campaign"),
    mark("account"),
    mark("contact"),
    mark("lead"),
    mark("deal"),
    mark("order"),
    mark("payment"),
    mark("refund"),
    mark("survey_response"),
    mark("quote"),
    mark("contract"),
    mark("delivery"),
    mark("ticket"),
    mark("spend"),
    mark("activity"),
    mark("task"),
    mark("note"),
)
SOURCES = (
    mark("referral"),
    mark("exhibition"),
    mark("trade_show"),
    mark("fair"),
    mark("website"),
    mark("web"),
    mark("search_ads"),
    mark("advertisement"),
    mark("social_media"),
    mark("email"),
    mark("cold_call"),
    mark("seminar"),
    mark("partner"),
)
"""Where deals and leads often come from, where a mapping calls them so."""

LOSS_REASONS = (
    mark("price"),
    mark("competitor"),
    mark("no_budget"),
    mark("no_answer"),
    mark("no_need"),
    mark("timing"),
    mark("features"),
    mark("other"),
)
"""Why deals are often lost, where a mapping calls it so."""

CATEGORIES = (mark("open"), mark("won"), mark("lost"), mark("void"), mark("post_sale"))
HISTORY = (mark("full"), mark("observed"), mark("dates"), mark("current_only"))
LIFE_CYCLE = (mark("potential"), mark("active"), mark("loyal"), mark("at_risk"), mark("dormant"))
CUSTOMERS = (mark("vip"), mark("A"), mark("B"), mark("C"))
SCORES = (
    mark("fit"),
    mark("engagement"),
    mark("intent"),
    mark("method"),
    mark("weights"),
    mark("weighted"),
    mark("geometric"),
    mark("D"),
    mark("X"),
)
TIER_BECAUSE = (
    mark("first"),
    mark("same"),
    mark("promoted"),
    mark("demoted"),
    mark("within_band"),
    mark("within_hold"),
    mark("pinned"),
    mark("disqualified"),
    mark("qualified_again"),
    mark("no_score"),
)
SHOWN = (mark("tier"), mark("state"), mark("score"))
"""Figures that follow-up shows in a CRM."""

COVERAGE = (mark("met"), mark("enough"), mark("short"))
LEVELS = (mark("full"), mark("partial"), mark("not yet"), mark("vendor cannot"))
PLUGINS = (mark("loaded"), mark("broken"), mark("not allowed"))
STATES = (
    mark("ok"),
    mark("running"),
    mark("done"),
    mark("failed"),
    mark("interrupted"),
    mark("waiting"),
    mark("resolved"),
    mark("quarantined"),
    mark("error"),
    mark("warning"),
    mark("info"),
    mark("never"),
    mark("expired"),
)
LIFECYCLE = (mark("active"), mark("suspect"), mark("archived"), mark("deleted"), mark("merged"))
SLICES = (
    mark("all"),
    mark("unknown"),
    mark("owner"),
    mark("team"),
    mark("source"),
    mark("channel"),
    mark("campaign"),
    mark("segment"),
    mark("region"),
    mark("tier"),
)
CAPABILITIES = (
    mark("write"),
    mark("fetch"),
    mark("find"),
    mark("count"),
    mark("delete"),
    mark("history"),
    mark("bulk"),
    mark("receive"),
    mark("subscribe"),
    mark("schema"),
    mark("incremental"),
    mark("external_key"),
    mark("conditional_write"),
    mark("field_history"),
    mark("consent"),
    mark("forecast_category"),
    mark("multi_currency"),
    mark("time_precision"),
)
HEADINGS = (
    mark("stage"),
    mark("category"),
    mark("deals"),
    mark("win rate"),
    mark("won amount"),
    mark("slice"),
    mark("workspace"),
    mark("definition"),
    mark("records"),
    mark("from"),
    mark("to"),
)
WINDOW = (
    mark("view"),
    mark("snapshot"),
    mark("cohort"),
    mark("known"),
    mark("now"),
    mark("then"),
    mark("zone"),
    mark("currency"),
    mark("by"),
    mark("probability"),
    mark("vendor"),
    mark("training_days"),
    mark("accuracy_of"),
    mark("accuracy_days"),
    mark("orders"),
    mark("steps"),
    mark("fifths"),
    mark("commit"),
    mark("best_case"),
    mark("total"),
    mark("closed"),
)
"""What figures are of: the line above them."""

FINDINGS = (
    mark("insufficient"),
    mark("confirmed"),
    mark("candidate"),
    mark("clear"),
    mark("winner"),
    mark("laggard"),
    mark("leading"),
    mark("trailing"),
    mark("no clear difference"),
)
UNITS = (mark("count"), mark("rate"), mark("money"), mark("days"), mark("number"), mark("up"), mark("down"))
LEVELS_OF_TIME = (mark("year"), mark("half"), mark("quarter"), mark("month"), mark("week"), mark("day"))
AREAS = (
    mark("plugins"),
    mark("ledger"),
    mark("calendar"),
    mark("connection"),
    mark("mapping"),
    mark("keyring"),
    mark("credentials"),
    mark("token"),
    mark("budget"),
    mark("reading"),
    mark("webhook"),
)
PLANS = (mark("open"), mark("approved"), mark("running"), mark("done"), mark("refused"), mark("superseded"))
"""How a plan stands."""

WRITES = (
    mark("planned"),
    mark("sent"),
    mark("applied"),
    mark("rejected"),
    mark("stale"),
    mark("unknown"),
    mark("moved"),
    mark("dropped"),
)
"""How a write stands."""

OPS = (mark("create"), mark("update"), mark("delete"), mark("undo"), mark("new"))
POLICIES = (mark("left"), mark("right"), mark("newest"), mark("review"), mark("base"), mark("decided"))
SETTLED_BY = (mark("policy"), mark("agreement"), mark("person"), mark("overwritten"))
MODES = (mark("read-only"), mark("tasks"), mark("fields"), mark("two-way"))
"""What may be written to a connection."""

PARTS = (mark("records"), mark("deleted"), mark("history"))
"""What of an object a step of a run read."""

WAYS = (mark("list"), mark("query"), mark("bulk"))
"""How an adapter reads an object."""

ORIGINS = (mark("default"),)
REASONS = (
    mark("Field required"),
    mark("Extra inputs are not permitted"),
    mark("Input should be a valid string"),
    mark("Input should be a valid integer"),
    mark("Input should be a valid integer, unable to parse string as an integer"),
    mark("Input should be a valid boolean"),
    mark("Input should be a valid dictionary"),
    mark("Input should be a valid list"),
    mark("Input should be a valid tuple"),
    mark("Input should be a valid decimal"),
    mark("Input should be greater than or equal to {ge}"),
    mark("Input should be greater than {gt}"),
    mark("Input should be less than or equal to {le}"),
    mark("Input should be less than {lt}"),
    mark("Input should be {expected}"),
    mark("{text} is no interval such as 4bh, 2bd or 7d"),
    mark("String should match pattern '{pattern}'"),
    mark("String should have at least {least} character"),
    mark("Dictionary should have at least {least} item after validation, not {actual}"),
    mark("Tuple should have at least {least} item after validation, not {actual}"),
    mark("hours are written as 21:00-08:30"),
    mark("No such file or directory"),
    mark("Permission denied"),
    mark("No space left on device"),
    mark("Is a directory"),
    mark("Read-only file system"),
)
"""What other libraries and the system give as a reason, word for word."""
JOBS = (
    mark("reconcile"),
    mark("weekly-pack"),
    mark("monthly-pack"),
    mark("care"),
    mark("backup"),
    mark("retention"),
    mark("notices"),
    mark("retry"),
)
NOTICES = (
    mark("digest"),
    mark("pack"),
    mark("alert"),
    mark("word"),
    mark("test"),
    mark("sending"),
    mark("delivered"),
    mark("doubted"),
    mark("dropped"),
    mark("sent"),
    mark("not_sent"),
    mark("quiet"),
    mark("resting"),
    mark("no_address"),
    mark("would_be_sent"),
    mark("works"),
    mark("fails"),
    mark("not_used"),
    mark("away"),
    mark("denied"),
    mark("refused"),
    mark("invalid"),
    mark("interrupted"),
)
"""What notices are, what becomes of them, and how channels take them."""
