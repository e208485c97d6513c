"""Simulators of CRM systems, written from the vendors' documentation alone; nothing of crmbridge is imported."""
