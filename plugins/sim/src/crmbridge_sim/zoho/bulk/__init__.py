"""Bulk read: jobs, their criteria and their CSV files (DOC7:bulk-read; dossier 2.9)."""
