"""The commands that run: jobs by themselves, and what goes on until it is ended."""

from crmbridge.cli.entry import Entry
from crmbridge.cli.entry import entry as _entry
from crmbridge.report.i18n import mark

RUN: tuple[str, tuple[Entry, ...]] = (
    mark("run"),
    (
        Entry(
            "schedule",
            mark("Runs jobs by themselves: which, when, and on which kind of machine."),
            children=(
                _entry(
                    "list",
                    mark("Shows every job: when it comes due next, and how its last run ended."),
                    "schedule_list",
                ),
                _entry("add", mark("Adds a job to crmbridge.toml, as [jobs.NAME]."), "schedule_add"),
                _entry(
                    "remove",
                    mark("Takes a job out of crmbridge.toml; its runs stay in the history."),
                    "schedule_remove",
                ),
                _entry(
                    "pause",
                    mark("Lets a job wait until it is resumed; run-now runs it all the same."),
                    "schedule_pause",
                ),
                _entry(
                    "resume",
                    mark("Lets a paused job go on with its next time; what it missed is not made up for."),
                    "schedule_resume",
                ),
                _entry(
                    "run-now",
                    mark("Runs a job once, whatever its schedule says; its next time stays as it was."),
                    "schedule_run_now",
                ),
                _entry(
                    "backfill",
                    mark(
                        "Makes up for days that have passed: the job as of each moment at which it would have come due."
                    ),
                    "schedule_backfill",
                ),
                _entry(
                    "emit",
                    mark("Writes what starts crmbridge tick on this kind of machine; nothing is installed."),
                    "schedule_emit",
                ),
            ),
            default="list",
        ),
        _entry("tick", mark("Runs what is due, each job once: this is what cron, a timer or Kubernetes calls.")),
        _entry(
            "worker",
            mark(
                "Runs what is due on as many machines as wanted, for one workspace or many; ledgers are in PostgreSQL."
            ),
        ),
        _entry("run", mark("Runs a job once, as a schedule does.")),
        Entry(
            "notices",
            mark("Tells people: digests to reps, packs to managers, alerts to operators."),
            children=(
                _entry(
                    "send",
                    mark("Tells everybody who is to be told something and was not; outside of quiet hours, each once."),
                    "notices_send",
                ),
                _entry(
                    "list",
                    mark(
                        "Shows how each channel does, and what was told by it: the keys of notices, never their texts."
                    ),
                    "notices_list",
                ),
                _entry(
                    "again",
                    mark("Says that a notice in doubt did not arrive: the next round sends it again."),
                    "notices_again",
                ),
                _entry(
                    "test",
                    mark(
                        "Sends a message that only shows that a channel works; ends with 5 where it is away, with 78 "
                        "where it is wrong."
                    ),
                    "notices_test",
                ),
            ),
        ),
        _entry(
            "metrics",
            mark(
                "Shows how everything stands as Prometheus reads it: runs, records, lag, quarantine, writes in doubt, "
                "guards."
            ),
        ),
        _entry("serve", mark("Takes webhooks, and reads at once what they speak of.")),
        Entry(
            "hooks",
            mark("Has vendors tell of changes by webhooks."),
            children=(
                _entry("enable", mark("Asks a vendor to tell of changes."), "hooks_enable"),
                _entry("renew", mark("Makes webhooks last longer."), "hooks_renew"),
                _entry("list", mark("Shows the webhooks and when each ends."), "hooks_list"),
                _entry("disable", mark("Ends a webhook."), "hooks_disable"),
            ),
        ),
    ),
)
