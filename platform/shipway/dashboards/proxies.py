"""What a trusted proxy says of a request: who signed in there, where the browser is, and whether it spoke https."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

LONGEST_NAME = 254
"""An e-mail address has no more characters."""


@dataclass(frozen=True)
class Origin:
    """Where a request comes from. `name`: who the proxy says has signed in; "" where none says so."""

    address: str
    secure: bool = False
    name: str = ""


def origin_of(
    peer: str,
    headers: Mapping[str, str],
    https: bool,
    trusted: tuple[IPv4Network | IPv6Network, ...],
    auth_header: str,
) -> Origin:
    """Where a request with these headers (lower-case names) comes from; of proxies that are not trusted none counts."""
    if not is_trusted(peer, trusted):
        return Origin(peer, https)
    hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    address = next((hop for hop in reversed(hops) if not is_trusted(hop, trusted)), peer)
    secure = https or headers.get("x-forwarded-proto", "").strip().lower() == "https"
    name = headers.get(auth_header.lower(), "").strip() if auth_header else ""
    return Origin(address[:64], secure, name if len(name) <= LONGEST_NAME else "")


def is_trusted(address: str, trusted: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    known = getattr(known, "ipv4_mapped", None) or known
    return any(known in network for network in trusted)
