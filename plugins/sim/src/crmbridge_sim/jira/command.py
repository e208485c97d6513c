"""The options of ``crmbridge-sim serve jira`` and the simulator they ask for."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from crmbridge_sim.clock import Clock
from crmbridge_sim.jira.simulator import JiraSimulator


def add_options(parser: argparse.ArgumentParser) -> None:
    """What only this vendor has."""
    parser.add_argument("--zone", default="Europe/Stockholm", help="profile time zone of the calling account")


def simulator(asked: argparse.Namespace, *, clock: Clock, switches: Mapping[str, str]) -> JiraSimulator:
    """The simulator asked for; what makes no sense raises ValueError."""
    latency = asked.latency_ms / 1000
    return JiraSimulator(
        seed=asked.seed, deals=asked.deals, switches=switches, clock=clock, zone=asked.zone, latency_s=latency
    )
