"""Addresses that are reached from this machine only."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether a host name or an IP address means this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_local(url: str) -> bool:
    """Whether ``url`` leads to this machine, where no proxy of the environment stands between."""
    return is_loopback(urlsplit(url).hostname or "")
