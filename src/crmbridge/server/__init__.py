"""What listens: the inbox of webhooks, whether this process is well, metrics.

On this machine only, unless told otherwise.

A notification only hastens a reading: nothing it says of a record is used, and losing it loses nothing.
"""
