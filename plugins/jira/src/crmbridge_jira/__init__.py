"""Jira as a task tool for crmbridge."""
