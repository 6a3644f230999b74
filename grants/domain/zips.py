"""What Python's zipfile says of a file whose bytes are not what a zip's are."""

import struct
import zipfile
import zlib
from typing import Final

DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    RuntimeError,
)
"""All that it raises: a place beyond all numbers, a text in no encoding, a method or a password that it does not know."""
