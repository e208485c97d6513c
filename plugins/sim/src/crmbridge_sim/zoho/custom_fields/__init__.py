"""Custom fields an API client makes, changes and deletes."""
