"""The ledger: the truth about every record, in SQLite (or PostgreSQL). The only floor that speaks SQL to it.

Transactions come from `engine.open_ledger`; every module here is a set of functions over an open transaction.
"""
