"""When people last dealt with records: one look at the activities for all figures of a moment that rest on it."""

from collections.abc import Sequence

from crmbridge.services.world import World


def write_touched(world: World, not_connected: Sequence[str]) -> None:
    """The table `svc_touched` is there. An outcome that holds a word of `not_connected` was no talk."""
    world.parameters["not_connected"] = [part.lower() for part in not_connected]
    world.make("touched", "not_connected")


def write_account_touches(world: World, not_connected: Sequence[str]) -> None:
    """The table `svc_account_touches` is there: the same of each company with its deals and persons."""
    write_touched(world, not_connected)
    world.make("account_touches", "not_connected")
