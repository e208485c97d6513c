"""Figures with evidence, plans and intents on top of the facts, whichever CRM holds the data. No clock, no I/O."""
