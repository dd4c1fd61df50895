"""Whether a widget can be seen on this computer alone: only then may it read any file that is named to it.

Whoever runs a notebook's code can read every file of its machine anyway. Whoever is shown widgets without the code, as
Voila shows them, must not, unless it is the same person at the same machine. No environment variable tells the
server's address, and what a request says of itself can be invented; so the sockets of the server's process are asked.
"""

from __future__ import annotations

import ipaddress
import os


def only_this_computer() -> bool:
    """Whether the server of this kernel listens on the loopback address alone; False where that cannot be proved.

    Voila hands on under which name a page was asked for. Any other than this computer's comes through a proxy, or from
    a page elsewhere that has its own name point here. A proxy that calls itself localhost is not noticed.
    """
    if os.environ.get("VOILA_PREHEAT") == "True":  # the kernel was started before anybody asked for the page
        return False
    listening = _listening_of_the_server()
    asked_for = os.environ.get("SERVER_NAME", "localhost")
    return bool(listening) and all(map(is_loopback, (*listening, asked_for)))


def is_loopback(host: str) -> bool:
    """Whether a name or an address, IPv6 in brackets or not, is this computer's own.

    Examples
    --------
    >>> [is_loopback(host) for host in ("localhost", "127.0.0.1", "[::1]", "0.0.0.0", "localhost.example.org")]
    [True, True, True, False, False]
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _listening_of_the_server() -> list[str]:
    """Addresses on which the process listens that started this kernel; on Windows a launcher stands between."""
    try:
        import psutil  # comes with ipykernel

        for process in psutil.Process().parents()[:2]:
            connections = getattr(process, "net_connections", None) or process.connections  # before psutil 6.0
            sockets = connections(kind="inet")
            if listening := [socket.laddr.ip for socket in sockets if socket.status == psutil.CONN_LISTEN]:
                return listening
    except (ImportError, psutil.Error):
        pass
    return []
