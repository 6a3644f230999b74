"""What is asked of the reader of registers: a value that crosses the border of its process."""

from msgspec import Struct

from grants.domain.registers import RegisterKind


class RegisterRequest(Struct, frozen=True, tag="read_register"):
    """A register or a payment file, to be read."""

    data: bytes
    kind: RegisterKind
