"""The part of JQL that the dossier names (A3): comparisons, IN, IS EMPTY, AND, OR, NOT, parentheses, ORDER BY."""
