"""Pushes of record changes: encrypted, signed, repeated until they are taken (dossier 7.1)."""
