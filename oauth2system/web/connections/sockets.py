"""The socket that a server listens on. The process above the workers makes one too, so nothing else is loaded here."""

import socket


def bind(address: str, port: int, *, shared: bool = False) -> socket.socket:
    """Return a socket that is bound to an IP address; raises OSError when that is taken. "::" is for IPv4 too.

    Several processes may bind a `shared` address, each with a socket of its own: the system spreads connections evenly
    over them. From one socket, the first process that wakes would accept all that wait.
    """
    bound = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if bound.family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address != "::"))
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound
