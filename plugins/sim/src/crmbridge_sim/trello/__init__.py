"""Trello's REST API, simulated from the dossier alone."""

from crmbridge_sim.trello.simulator import TrelloSimulator

__all__ = ["TrelloSimulator"]
