"""Zoho CRM, REST API v8."""

from crmbridge_sim.zoho.simulator import ZohoSimulator

__all__ = ["ZohoSimulator"]
