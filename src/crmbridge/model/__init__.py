"""The neutral vocabulary: kinds, money, instants, calendars, ids, errors. No I/O, no clock, no vendor."""
