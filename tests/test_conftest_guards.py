import socket

import pytest


def test_no_test_reaches_the_network() -> None:
    with socket.socket() as made, pytest.raises(AssertionError, match="wanted to reach"):
        made.connect(("192.0.2.1", 80))
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made,
        pytest.raises(AssertionError, match="wanted to reach"),
    ):
        made.sendto(b"x", ("example.com", 53))


def test_loopback_is_open() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
