"""Stored rows as public records: exact decimals, ISO instants, nothing of how they are stored."""
