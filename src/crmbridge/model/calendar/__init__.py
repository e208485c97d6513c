"""Business calendars: which days are worked, at which hours, and how to count in them.

A calendar never guesses in silence: where a year's list of holidays is not published it counts weekdays and says so
(`Calendar.notes`). Arithmetic is by counting, never by stepping, so long spans cost what short ones do.
"""

from crmbridge.model.calendar.days import CalendarDay, Roll
from crmbridge.model.calendar.hours import QuietHours, Shift, shift
from crmbridge.model.calendar.sources import NONE, chosen, named, read
from crmbridge.model.calendar.working import NOT_PUBLISHED, Calendar

__all__ = [
    "NONE",
    "NOT_PUBLISHED",
    "Calendar",
    "CalendarDay",
    "QuietHours",
    "Roll",
    "Shift",
    "chosen",
    "named",
    "read",
    "shift",
]
