"""Pairs take a second each: in a file here, and in PostgreSQL where every ledger is (`just pg`)."""

import pytest

from crmbridge.ledger.engine import Ledger


@pytest.fixture
def ledger(long_ledger: Ledger) -> Ledger:
    return long_ledger
