"""COQL, Zoho's SQL dialect over modules (DOC8:COQL-Limitations, KZ#171, KZ#183; dossier 2.8)."""
