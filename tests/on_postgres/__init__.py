"""The tests of what works on any ledger, with every ledger in PostgreSQL: `just pg`."""
