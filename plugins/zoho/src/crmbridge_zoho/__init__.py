"""Zoho CRM for crmbridge."""
