"""What a source's fields mean: mapping documents, the lenses they name, and their compiled form."""
