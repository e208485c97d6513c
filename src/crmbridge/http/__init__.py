"""The one door to the vendors: deadlines, allow-list, limits, retries, redaction."""
