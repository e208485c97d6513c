"""A company's sales history from a seed: no vendor's words in it, so that every simulator can tell the same story."""

from crmbridge_sim.world.world import World

__all__ = ["World"]
