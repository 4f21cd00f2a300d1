"""Who reaches an address, and sockets that listen there."""

import socket

import pytest

from shipway.endpoint.addresses import is_loopback, joined
from shipway.endpoint.listening import CannotListen, bound_socket, listening_socket


def stands_for(monkeypatch, *addresses):
    """Every name stands for these addresses."""
    found = [(socket.AF_INET6 if ":" in one else socket.AF_INET, 1, 6, "", (one, 0)) for one in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost"])
def test_this_machine_alone(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "192.0.2.1", "example.org", "", "localhost.example.org"])
def test_others_too(host):
    assert not is_loopback(host)


def test_a_name_that_is_looked_up_elsewhere_is_not_trusted(monkeypatch):
    stands_for(monkeypatch, "127.0.0.1")
    assert not is_loopback("loopback.example.org")


def test_localhost_that_is_not_loopback(monkeypatch):
    stands_for(monkeypatch, "127.0.0.1", "10.0.0.1")
    assert not is_loopback("localhost")


def test_localhost_that_is_not_known(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert not is_loopback("localhost")


def test_a_socket_that_listens():
    with listening_socket("The server", "127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
        with pytest.raises(CannotListen, match=f"The server cannot listen on 127.0.0.1:{port} .*another --port or"):
            listening_socket("The server", "127.0.0.1", port)


def test_a_bound_socket_does_not_listen_yet():
    with bound_socket("The server", "127.0.0.1", 0) as bound, pytest.raises(ConnectionRefusedError):
        socket.create_connection(bound.getsockname(), timeout=10)


def test_a_name_is_taken_by_its_address_of_ipv4(monkeypatch):
    stands_for(monkeypatch, "::1", "127.0.0.1")
    with bound_socket("The server", "localhost", 0) as bound:
        assert bound.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(("host", "port"), [("192.0.2.55", 0), ("no such name", 0), ("127.0.0.1", 65_536)])
def test_what_is_no_address_of_this_machine(host, port):
    with pytest.raises(CannotListen, match=f"cannot listen on {joined(host, port)} .*another --rest_api_port or"):
        bound_socket("The server", host, port, "rest_api_port")
