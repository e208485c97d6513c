"""The closed set of reversible converters that a mapping may name, one small file for each family."""
