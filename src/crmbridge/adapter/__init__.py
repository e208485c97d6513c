"""The contract between crmbridge and whatever holds the data: all that an author of an adapter reads."""
