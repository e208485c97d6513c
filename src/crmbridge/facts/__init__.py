"""Facts: columnar, disposable tables for the services, built from the ledger and from nothing else."""
