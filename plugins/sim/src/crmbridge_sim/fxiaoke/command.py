"""The options of ``crmbridge-sim serve fxiaoke`` and the simulator they ask for."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from crmbridge_sim.clock import Clock
from crmbridge_sim.fxiaoke.simulator import CURRENCIES, FxiaokeSimulator


def add_options(parser: argparse.ArgumentParser) -> None:
    """What only this vendor has."""
    parser.add_argument("--currencies", default=",".join(CURRENCIES), help="comma separated, the base first")
    parser.add_argument("--unclaimed", type=int, default=0, help="leads in pools that nobody owns, beside the world")
    parser.add_argument(
        "--chinese-names", action="store_true", help="Chinese companies and people alone (the Zoho world is mixed)"
    )


def simulator(asked: argparse.Namespace, *, clock: Clock, switches: Mapping[str, str]) -> FxiaokeSimulator:
    """The simulator asked for; what makes no sense raises ValueError."""
    return FxiaokeSimulator(
        seed=asked.seed,
        deals=asked.deals,
        switches=switches,
        clock=clock,
        currencies=tuple(asked.currencies.split(",")),
        unclaimed=asked.unclaimed,
        chinese_names=asked.chinese_names,
        latency_s=asked.latency_ms / 1000,
    )
