"""Sync: pull -> land -> normalise. Each step reads and writes tables, can be run again, and be killed anywhere."""
