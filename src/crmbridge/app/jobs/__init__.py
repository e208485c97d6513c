"""Scheduled jobs: what they are, when they come due, how one is run, and what starts them on each kind of machine."""
