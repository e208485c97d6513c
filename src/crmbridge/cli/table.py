"""Which commands there are, in the groups that the help shows, without importing any of them."""

from crmbridge.cli.entry import Entry
from crmbridge.cli.entry import entry as _entry
from crmbridge.cli.table_extend import EXTEND
from crmbridge.cli.table_run import RUN
from crmbridge.report.i18n import mark

__all__ = ["GROUPS", "Entry"]


GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        mark("set up"),
        (
            _entry("demo", mark("Shows everything on a synthetic company, in under a minute.")),
            _entry("init", mark("Makes a workspace: a folder with its configuration and mappings.")),
            _entry("connect", mark("Connects an account: logs in, pins the account, keeps the secret.")),
            _entry(
                "disconnect",
                mark("Ends a login: webhook and login at the vendor, the secret and the access token here."),
            ),
            _entry("grant", mark("Allows a connection to be written, or shows what each may.")),
            _entry("doctor", mark("Checks the workspace, its connections, plugins and ledger.")),
            _entry("adapters", mark("Shows which systems can be connected, and what each can do.")),
            _entry("fields", mark("Shows the fields of a source and what the mapping makes of each.")),
            Entry(
                "mapping",
                mark("Drafts, checks and explains mappings."),
                children=(
                    _entry(
                        "init", mark("Drafts the mapping of a connection from what its source holds."), "mapping_init"
                    ),
                    _entry("check", mark("Checks mappings against what their sources hold now."), "mapping_check"),
                    _entry("explain", mark("Shows how each field of one record came about."), "mapping_explain"),
                ),
            ),
            Entry(
                "config",
                mark("Shows the configuration."),
                children=(_entry("show", mark("Shows every setting."), "config_show"),),
            ),
            Entry(
                "db",
                mark("Looks after the ledger."),
                children=(
                    _entry("upgrade", mark("Brings the ledger to the schema of this version."), "db_upgrade"),
                    _entry(
                        "backup",
                        mark("Copies a SQLite ledger into one file, while others go on, and reads the copy through."),
                        "db_backup",
                    ),
                    _entry(
                        "restore",
                        mark("Puts the ledger back from a backup; the one in use is renamed, never deleted."),
                        "db_restore",
                    ),
                    _entry("verify", mark("Reads the whole ledger and names what is damaged."), "db_verify"),
                    _entry(
                        "prune",
                        mark("Lets go of what is older than [retention] says and is needed for no figure and no sync."),
                        "db_prune",
                    ),
                ),
            ),
        ),
    ),
    (
        mark("sync"),
        (
            _entry("sync", mark("Reads the sources into the ledger.")),
            _entry(
                "plan", mark("Plans what is to be written: what keeps a pair in step, and what services want in a CRM.")
            ),
            _entry("apply", mark("Carries out a saved plan as it is.")),
            _entry("undo", mark("Plans to take back what a plan, or a run, has written.")),
            _entry("review", mark("Shows what a person must decide, or takes the decision.")),
            _entry("links", mark("Shows records of two systems that may be one, or takes the answer.")),
            _entry("conflicts", mark("Lists disagreements that are settled, with every value that lost.")),
            _entry("outbox", mark("Lists writes that nobody knows to have arrived, and those that were refused.")),
            _entry("reconcile", mark("Compares everything that both systems of a pair show, and changes nothing.")),
            _entry(
                "migrate",
                mark(
                    "Moves a company from one system to another: accounts, contacts, leads, deals, tasks, activities "
                    "and notes."
                ),
            ),
            _entry("quarantine", mark("Lists the records that could not be used, each with its reason.")),
            _entry("status", mark("Shows what each connection holds, when it was last read, and what waits for you.")),
            _entry("runs", mark("Lists past runs with what they did.")),
            _entry(
                "erase",
                mark(
                    "Erases a contact or lead everywhere: records, payloads, history, caches, reports; no sync brings "
                    "them back."
                ),
            ),
            Entry(
                "audit",
                mark("Shows who did what and when, and whether that was altered."),
                children=(
                    _entry(
                        "list",
                        mark(
                            "Lists who did what and when: grants, plans, guards lifted, connections, schedules, pay "
                            "shown, persons erased."
                        ),
                        "audit_list",
                    ),
                    _entry(
                        "verify",
                        mark(
                            "Checks the seal of every row of the audit log, and names what was altered, put in, taken "
                            "out or cut off."
                        ),
                        "audit_verify",
                    ),
                ),
            ),
        ),
    ),
    (
        mark("work"),
        (
            _entry(
                "queue", mark("Shows what comes next for each rep, the most urgent and most valuable first, and why.")
            ),
            _entry("scores", mark("Scores leads and open deals, and shows their tiers and why.")),
            _entry(
                "customer",
                mark("Shows the file of a customer: what is known, what was bought, what happened in any system."),
            ),
            _entry(
                "tiers",
                mark("Ranks customers by what they bought, and shows where each stands in its life cycle."),
            ),
            _entry(
                "satisfaction",
                mark("Shows how satisfied customers are (CSAT, NPS, CES), whom to call back, and who is unhappy."),
            ),
            _entry("cadence", mark("Shows which follow-up is due, for whom and why.")),
            _entry("response", mark("Shows how soon leads are answered, by owner, and which wait for a first answer.")),
            _entry("help-wanted", mark("Shows which deals and activities their owners need help with.")),
            _entry("deliveries", mark("Shows how many deliveries came in time, and which will not.")),
            _entry("tickets", mark("Shows how soon tickets are answered and resolved, by priority, and which wait.")),
            _entry(
                "pool", mark("Shows which leads and accounts go back to the pool, and what each rep may take and hold.")
            ),
            _entry(
                "quotes", mark("Shows quotes: which discount needs approval, what ends soon, and what each comes to.")
            ),
            _entry("contracts", mark("Shows contracts: what each lacks to be ready, and which steps wait too long.")),
        ),
    ),
    (
        mark("figures"),
        (
            _entry("funnel", mark("Shows the sales funnel: conversion, win rate, amounts and time in stage.")),
            _entry(
                "forecast",
                mark("Shows what a period will come to, and whether the pipeline covers the target."),
            ),
            Entry(
                "goals",
                mark("Splits goals exactly, keeps what was agreed, and shows how they stand."),
                children=(
                    _entry(
                        "lint",
                        mark("Checks whether goals are specific, measurable, achievable, relevant and timed."),
                        "goals_lint",
                    ),
                    _entry(
                        "allocate", mark("Splits a goal over periods or people, exact to the cent."), "goals_allocate"
                    ),
                    _entry(
                        "publish",
                        mark("Publishes goals: each that says something new gets a version, and the old ones stay."),
                        "goals_publish",
                    ),
                    _entry(
                        "agree", mark("Records that somebody agrees to a share of a published goal."), "goals_agree"
                    ),
                    _entry(
                        "show", mark("Shows who has which share of the goals, and who has agreed to it."), "goals_show"
                    ),
                    _entry(
                        "pace",
                        mark(
                            "Shows how goals stand: expected by now, pace, where they end, what each day left must "
                            "bring."
                        ),
                        "goals_pace",
                    ),
                    _entry(
                        "replan",
                        mark("Proposes how the rest of a goal is planned anew, with the whole kept."),
                        "goals_replan",
                    ),
                    _entry(
                        "plan",
                        mark("Shows a goal on one page: tasks done of all, pace, weeks, and how it ended."),
                        "goals_plan",
                    ),
                    _entry("review", mark("Records how a goal ended, and shows its page."), "goals_review"),
                ),
            ),
            _entry("kpi", mark("Shows KPIs with their definitions.")),
            Entry(
                "backlog",
                mark("Keeps the list of improvements."),
                children=(
                    _entry(
                        "list",
                        mark(
                            "Lists what is to be improved: findings and feedback, who takes each, when it is measured "
                            "again."
                        ),
                        "backlog_list",
                    ),
                    _entry("add", mark("Puts something on the list of improvements."), "backlog_add"),
                    _entry(
                        "find",
                        mark("Puts the bottlenecks of the funnel on the list of improvements, each once."),
                        "backlog_find",
                    ),
                    _entry("take", mark("Somebody takes an item, to be measured again on a day."), "backlog_take"),
                    _entry(
                        "close",
                        mark("Closes an item with what was measured before and after, and tells the verdict."),
                        "backlog_close",
                    ),
                    _entry("drop", mark("Decides against an item, for a reason."), "backlog_drop"),
                ),
            ),
            Entry(
                "experiments",
                mark("Shows how experiments stand, and keeps what is decided about them."),
                children=(
                    _entry(
                        "show",
                        mark("Shows how experiments stand: their arms, and a verdict once it may be given."),
                        "experiments_show",
                    ),
                    _entry("arm", mark("Shows which arm of an experiment a record is in."), "experiments_arm"),
                    _entry(
                        "decide",
                        mark("Adopts, drops or extends an experiment, and keeps the numbers of that moment."),
                        "experiments_decide",
                    ),
                ),
                default="show",
            ),
            _entry(
                "compare",
                mark("Shows what changed between two periods, what it came from, and whether it says anything."),
            ),
            _entry("scorecards", mark("Shows everybody's score: weighed attainments of several KPIs.")),
            _entry("leaderboard", mark("Shows everybody's place by one KPI; equals share a place.")),
            _entry(
                "payouts",
                mark(
                    "Shows what the plans pay for a period, with the deals behind each line, to those who may see it."
                ),
            ),
            Entry(
                "risk",
                mark("Shows which open deals are at risk, and keeps the register of risks."),
                children=(
                    _entry(
                        "show",
                        mark("Shows which open deals are at risk, why, how much money it is, and what may be done."),
                        "risk_show",
                    ),
                    _entry(
                        "list",
                        mark("Shows the register of risks: what may go wrong, and what is done about it."),
                        "risk_list",
                    ),
                    _entry("add", mark("Puts a risk that you see into the register."), "risk_add"),
                    _entry(
                        "respond",
                        mark("Says what is done about a risk: avoid, transfer, mitigate or accept it."),
                        "risk_respond",
                    ),
                    _entry("close", mark("Closes an item of the register; its history stays."), "risk_close"),
                ),
                default="show",
            ),
            Entry(
                "care",
                mark("Shows how customers are cared for: occasions, renewals, risks, gaps, offers."),
                children=(
                    _entry(
                        "show",
                        mark("Shows what is to be done for customers now, whom we may lose, who buys again."),
                        "care_show",
                    ),
                    _entry(
                        "occasions",
                        mark("Shows birthdays and holidays to come: greetings, gifts, and who is left alone."),
                        "care_occasions",
                    ),
                    _entry(
                        "renewals",
                        mark("Shows which contracts end, when somebody is to see to them, and how many are renewed."),
                        "care_renewals",
                    ),
                    _entry(
                        "churn",
                        mark("Shows the risk of losing each customer, with the reasons and what nobody knows."),
                        "care_churn",
                    ),
                    _entry(
                        "gaps",
                        mark("Shows VIPs with whom nobody was in touch for longer than their policy says."),
                        "care_gaps",
                    ),
                    _entry(
                        "offers",
                        mark("Shows what is to be offered to whom, repeat purchases and recommendations."),
                        "care_offers",
                    ),
                ),
                default="show",
            ),
            _entry(
                "compliance",
                mark("Shows how well the process is kept: scores, time limits, stages, the audit of a quarter."),
            ),
            _entry("gates", mark("Shows what each stage asks for, and which open deals lack it.")),
            _entry("quality", mark("Shows what is wrong with the data, the worst first, with the next step.")),
        ),
    ),
    (
        mark("share"),
        (
            Entry(
                "report",
                mark("Writes reports to read, print and send."),
                children=(
                    _entry("weekly", mark("Writes the weekly report as one HTML file."), "report_weekly"),
                    _entry("pack", mark("Shows what a team talks over about a week, month or quarter."), "report_pack"),
                    Entry(
                        "actions",
                        mark("Keeps what a team's meetings decide."),
                        children=(
                            _entry(
                                "list",
                                mark("Shows what meetings decided, with its age and how much it is overdue."),
                                "report_actions_list",
                            ),
                            _entry("add", mark("Keeps something that a meeting decided."), "report_actions_add"),
                            _entry("done", mark("Says that an action is done."), "report_actions_done"),
                        ),
                    ),
                ),
            ),
            _entry("export", mark("Writes the records of a kind: NDJSON, CSV, XLSX or Parquet.")),
            Entry(
                "facts",
                mark("Publishes the tables behind the figures."),
                children=(
                    _entry(
                        "publish",
                        mark("Writes every table as Parquet into a folder, for any BI tool."),
                        "facts_publish",
                    ),
                ),
            ),
        ),
    ),
    RUN,
    EXTEND,
)
