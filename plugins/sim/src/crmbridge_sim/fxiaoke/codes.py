"""Codes of states whose labels are known and whose values nobody has published (dossier 4.1, 4.4, 11 (9))."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge_sim.fxiaoke.schema import Schema
from crmbridge_sim.fxiaoke.standard import own_value

# object and field: the guesses; values that were seen (un_assigned, un_processed, running) are no guesses
GUESSES: Mapping[tuple[str, str], frozenset[str]] = {
    ("LeadsObj", "biz_status"): frozenset({"processed", "transformed", "closed"}),
    ("NewOpportunityObj", "sales_status"): frozenset("1234"),
    ("OpportunityObj", "biz_status"): frozenset({"win", "lose", "invalid"}),
}


class Codes:
    """A guess as it is, or a value of the tenant's own, so that a reader who knows the guesses learns nothing."""

    def __init__(self, seed: int, *, own: bool) -> None:
        self._seed, self._own = seed, own

    def of(self, name: str, field: str, guess: str) -> str:
        """The value of a state."""
        if not self._own or guess not in GUESSES.get((name, field), ()):
            return guess
        return own_value(self._seed, f"{name}.{field}", guess)

    def rename(self, schema: Schema) -> None:
        """Gives the options of the tenant's fields their values."""
        for name, field in GUESSES:
            for option in schema[name][field].options if name in schema else ():
                option.value = self.of(name, field, option.value)
