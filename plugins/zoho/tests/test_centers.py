"""Which hosts a connection may talk to."""

import pytest

from crmbridge.adapter.simulators import check_loopback
from crmbridge.model.errors import ConfigError
from crmbridge_zoho.centers import CENTERS, center_of_accounts, check_api
from crmbridge_zoho.config import ZohoOptions


@pytest.mark.parametrize("name", sorted(CENTERS))
def test_each_accounts_server_goes_with_its_own_api_hosts_only(name: str) -> None:
    center = CENTERS[name]
    assert center_of_accounts(f"https://{center.accounts}") == center
    for host in center.api_hosts:
        assert check_api(f"https://{host}", center) == f"https://{host}"
    for other in CENTERS.values():
        if other is not center:
            with pytest.raises(ConfigError, match=f'data_center = "{other.name}"'):
                check_api(f"https://www.{other.domain}", center)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.zohoapis.com.evil.example",
        "https://www.zohoapis.com@evil.example",
        "https://user@www.zohoapis.com",
        "http://www.zohoapis.com",
        "https://www.zohoapis.com:8443",
        "https://xwww.zohoapis.com",
        "https://zohoapis.com",
        "https://www.zohoapis.com/path",
        "https://www.zohoapis.com?x=1",
        "https://203.0.113.7",
        "https://www.zohoapis.com\u3002evil",
        "//www.zohoapis.com",
        "",
    ],
)
def test_an_api_host_that_is_not_exactly_one_of_the_table_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="nothing was sent"):
        check_api(url, CENTERS["us"])
    with pytest.raises(ConfigError, match="nothing was sent"):
        center_of_accounts(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1",
        "https://127.0.0.1:1",
        "http://10.0.0.1:80",
        "http://a@127.0.0.1:80",
        "http://127.0.0.1:80/x",
        "x:y",
    ],
)
def test_a_simulator_is_on_this_machine_with_a_port_and_nothing_else(url: str) -> None:
    with pytest.raises(ConfigError, match="no address of a simulator"):
        check_loopback(url)
    with pytest.raises(ValueError, match="no address of a simulator"):
        ZohoOptions(simulator=True, accounts_url=url, api_url="http://127.0.0.1:1")


def test_addresses_are_for_simulators_only() -> None:
    with pytest.raises(ValueError, match="for a simulator only"):
        ZohoOptions(api_url="http://127.0.0.1:1", accounts_url="http://127.0.0.1:2")
    with pytest.raises(ValueError, match="needs accounts_url and api_url"):
        ZohoOptions(simulator=True, api_url="http://127.0.0.1:1")
    assert (
        ZohoOptions(simulator=True, accounts_url="http://[::1]:5", api_url="http://localhost:6").api
        == "http://localhost:6"
    )


def test_an_environment_has_its_own_host_in_the_same_data_centre() -> None:
    options = ZohoOptions(data_center="eu", environment="sandbox")
    assert (options.accounts, options.api) == ("https://accounts.zoho.eu", "https://sandbox.zohoapis.eu")


def test_a_key_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="not permitted"):
        ZohoOptions.model_validate({"datacenter": "eu"})
