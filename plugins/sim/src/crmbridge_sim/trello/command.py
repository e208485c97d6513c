"""The simulator that ``crmbridge-sim serve trello`` asks for."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from crmbridge_sim.clock import Clock
from crmbridge_sim.trello.simulator import TrelloSimulator


def simulator(asked: argparse.Namespace, *, clock: Clock, switches: Mapping[str, str]) -> TrelloSimulator:
    """The simulator asked for; what makes no sense raises ValueError."""
    latency = asked.latency_ms / 1000
    return TrelloSimulator(seed=asked.seed, deals=asked.deals, switches=switches, clock=clock, latency_s=latency)
