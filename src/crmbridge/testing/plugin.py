"""The pytest plugin: gathers the kit's results, sums them up, and writes them for the capability matrix."""
