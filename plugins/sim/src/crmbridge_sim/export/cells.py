"""How values are written in the files: instants in one zone with their offset, money as exact decimal text."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from crmbridge_sim.world.model import MINOR_UNITS

DAY_S = 86_400


class Cells:
    """The cells of one export."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def instant(self, at: int | None) -> str:
        """ISO with the offset of the zone: 2026-01-31T09:30:00+01:00."""
        return "" if at is None else datetime.fromtimestamp(at, self._zone).isoformat()

    @staticmethod
    def day(at: int) -> str:
        """The day of the world's calendar, which is UTC's, in every simulator."""
        return datetime.fromtimestamp(at // DAY_S * DAY_S, UTC).date().isoformat()

    @staticmethod
    def money(minor: int, currency: str) -> str:
        """Minor units in major ones, with all decimals of the currency: 1234 fils are 1.234 dinars."""
        units = MINOR_UNITS.get(currency, 100)
        whole, rest = divmod(minor, units)
        return f"{whole}.{rest:0{len(str(units)) - 1}d}" if units > 1 else str(whole)

    @staticmethod
    def flag(value: bool) -> str:  # noqa: FBT001  # a cell
        """Yes or No."""
        return "Yes" if value else "No"
