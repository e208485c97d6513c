"""``crmbridge-sim export csv DIR``: the options, and what is done."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from crmbridge_sim.export.csv_files import write_csv
from crmbridge_sim.world import World


def add_options(parser: argparse.ArgumentParser) -> None:
    """What only an export has."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the files go; it is made where it is missing")


def run(asked: argparse.Namespace, *, now: float) -> int:
    """Writes the files and prints one line of JSON with the rows of each; 1 where the folder cannot be written."""
    world = World(asked.seed, deals=asked.deals, now=now)
    try:
        counts = write_csv(world, asked.folder, zone=ZoneInfo(asked.zone))
    except OSError as error:
        sys.stderr.write(f"crmbridge-sim: cannot write into {asked.folder}: {error.strerror}\n")
        return 1
    sys.stdout.write(json.dumps(counts) + "\n")
    return 0
