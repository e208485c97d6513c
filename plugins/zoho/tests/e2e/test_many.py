"""More records of one second than a page, or than page numbers reach: all arrive, and no walk goes on for ever."""

import pytest

from .acme import Acme
from .org import Org, share_a_second


@pytest.mark.parametrize("way", ["list", pytest.param("query", marks=pytest.mark.zoho_matrix)])
def test_case_2_more_records_of_one_second_than_a_page(acme: Acme, org: Org, way: str) -> None:
    """450 of one second: with a page of 20 more than twenty pages."""
    share_a_second(org, org.deals(450))
    acme.configure(read_by=way, page_size=20)
    org.advance(3600)
    acme.sync()
    acme.check(custom=False)
    org.advance(3600)
    org.reset()
    acme.sync()
    assert org.count("GET /crm/v8/{module}") <= 10


@pytest.mark.parametrize(
    "way",
    ["auto", pytest.param("list", marks=pytest.mark.zoho_matrix), pytest.param("query", marks=pytest.mark.zoho_matrix)],
)
def test_case_2_more_records_than_page_numbers_reach(acme: Acme, org: Org, way: str) -> None:
    """2,100 deals; Zoho gives 2,000 by page numbers."""
    lacking = 2_100 - len(org.records("Deals"))
    if lacking > 0:
        org.deals(lacking)
    acme.configure(read_by=way)
    org.advance(3600)
    org.reset()
    acme.sync()
    acme.check(custom=False)
    assert org.count("GET /crm/v8/{module}") < 40
