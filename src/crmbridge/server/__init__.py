"""What listens: the inbox of webhooks, and whether this process is well. On this machine only, unless told otherwise.

A notification only hastens a reading: nothing it says of a record is used, and losing it loses nothing.
"""
