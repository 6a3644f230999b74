"""What travels between the service and a reader's process: byte strings, each behind its length."""

import socket
import struct
from typing import Final

LENGTH: Final = struct.Struct("<Q")


def send(connection: socket.socket, content: bytes) -> None:
    """Sends one frame; waits until it is taken."""
    connection.sendall(LENGTH.pack(len(content)))
    connection.sendall(content)


def receive(connection: socket.socket, most: int) -> bytes:
    """Receives one frame of at most `most` bytes. Raises EOFError where it ends early or is longer."""
    (length,) = LENGTH.unpack(_exactly(connection, LENGTH.size))
    if length > most:
        raise EOFError
    return bytes(_exactly(connection, length))


def _exactly(connection: socket.socket, length: int) -> bytearray:
    content = bytearray(length)
    view = memoryview(content)
    while view:
        got = connection.recv_into(view)
        if not got:
            raise EOFError
        view = view[got:]
    return content
