"""What those who extend crmbridge are helped with: a new plugin, its conformance, its place on the quality scale."""
