"""Plain CSV files as a CRM."""
