"""Trello as a task tool for crmbridge."""
