"""Hosts and ports as they are written, and who reaches them."""

from __future__ import annotations


def joined(host: str, port: int) -> str:
    """Host and port as gRPC and people write them."""
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address.

    Of names `localhost` alone can be, where all that it stands for on this machine is loopback: a name that is looked
    up elsewhere may mean another address tomorrow.
    """
    import ipaddress
    import socket

    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        if host != "localhost":
            return False
    try:
        return all(ipaddress.ip_address(found[4][0]).is_loopback for found in socket.getaddrinfo(host, None))
    except OSError:
        return False
