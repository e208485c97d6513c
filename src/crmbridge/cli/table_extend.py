"""The commands for those who extend crmbridge: adapters of their own, how good they are, and simulators."""

from crmbridge.cli.entry import Entry
from crmbridge.cli.entry import entry as _entry
from crmbridge.report.i18n import mark

EXTEND: tuple[str, tuple[Entry, ...]] = (
    mark("extend"),
    (
        Entry(
            "plugin",
            mark("Makes adapters of your own."),
            children=(_entry("new", mark("Makes a plugin: an adapter of your own to go on from."), "plugin_new"),),
        ),
        Entry(
            "kit",
            mark("Holds an adapter to the contract, by the conformance kit."),
            children=(
                _entry("run", mark("Runs the tests of the conformance kit for a plugin."), "kit_run"),
                _entry(
                    "report",
                    mark("Shows how good an adapter is, and which of what it says of itself is proved."),
                    "kit_report",
                ),
                _entry(
                    "record",
                    mark("Records what a vendor answers to an adapter, for its tests, without anything about people."),
                    "kit_record",
                ),
            ),
        ),
        Entry(
            "sim",
            mark("Simulators of CRM systems, to try things out."),
            children=(
                _entry(
                    "serve",
                    mark("Runs a simulator of a CRM system on this machine, until it is interrupted."),
                    "sim_serve",
                ),
            ),
        ),
    ),
)
