"""Notices: what they say, and the one way out by which they reach people."""
