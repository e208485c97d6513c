"""Notifications (watch): channels and the callbacks they cause (DOC7, DOC6, OAS26c; dossier 7)."""
