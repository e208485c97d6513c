"""Jira (Cloud REST v3 and v2, Data Center v2 by switch), simulated from the project's dossier alone."""

from crmbridge_sim.jira.simulator import JiraSimulator

__all__ = ["JiraSimulator"]
