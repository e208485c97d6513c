"""The composition root: configuration, plugins, wiring, and `Bridge`, the public Python API."""
