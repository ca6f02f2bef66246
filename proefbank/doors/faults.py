"""Sending an answer the way its wire plan says, with real faults on the real socket."""

from __future__ import annotations

import enum
import socket
import struct
import threading

from proefbank.exchange import WirePlan

__all__ = ["Ending", "reset", "transmit"]


class Ending(enum.Enum):
    """What becomes of the connection after an answer."""

    KEEP = enum.auto()
    """It may carry another request."""
    POLITE = enum.auto()
    """Closed with every courtesy (over TLS: close_notify)."""
    ABRUPT = enum.auto()
    """Dropped as it is."""


def transmit(
    sock: socket.socket, head: bytes, body: bytes, plan: WirePlan, stopping: threading.Event
) -> Ending:
    """Send `head` and `body` as `plan` says; delays end at once when `stopping` is set."""
    if plan.delay and stopping.wait(plan.delay):
        return Ending.ABRUPT
    if plan.reset:
        reset(sock)
        return Ending.ABRUPT
    part = body if plan.cut_after is None else body[: plan.cut_after]
    if not plan.dribble:
        sock.sendall(head + part)
    else:
        sock.sendall(head)
        for position in range(len(part)):
            if stopping.wait(plan.dribble):
                return Ending.ABRUPT
            sock.sendall(part[position : position + 1])
    if plan.cut_after is not None:
        return Ending.ABRUPT
    return Ending.POLITE if plan.close else Ending.KEEP


def reset(sock: socket.socket) -> None:
    """Close with a TCP reset instead of the usual farewell, also under TLS."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
