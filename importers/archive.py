"""The zip that a workbook travels in: its parts, inflated under limits, and packed again without compression.

The workbook reader sees only what was inspected here, so that two readings of a zip's structure cannot differ.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from grants.domain.zips import DAMAGE
from importers.limits import Limits
from importers.messages import refuse

_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Archive:
    """An opened zip. Counts what it inflates, over all parts, and raises NotAReturn at the limit."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        if data.count(b"PK\x01\x02") > limits.zip_parts:
            raise refuse("too_many_parts")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self._infos = {info.filename: info for info in self._zip.infolist()}
        except DAMAGE as error:
            raise refuse("damaged") from error
        self._left = limits.inflated_bytes

    @property
    def names(self) -> frozenset[str]:
        """The names of all parts."""
        return frozenset(self._infos)

    def read(self, name: str) -> bytes:
        """One part, inflated. Raises NotAReturn: `damaged`, `encrypted`, `inflates_too_far`."""
        info = self._infos.get(name)
        if info is None or info.compress_type not in _READABLE:
            raise refuse("damaged")
        if info.flag_bits & 1:
            raise refuse("encrypted")
        try:
            with self._zip.open(info) as part:
                content = part.read(self._left + 1)
        except DAMAGE as error:
            raise refuse("damaged") from error
        self._left -= len(content)
        if self._left < 0:
            raise refuse("inflates_too_far")
        return content

    def read_xml(self, name: str) -> bytes:
        """One part that is XML in UTF-8 without a document type: entities cannot be declared in it."""
        content = self.read(name)
        if b"\x00" in content[:64] or content.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise refuse("damaged")
        if b"<!DOCTYPE" in content:
            raise refuse("declares_entities")
        return content


def pack(parts: Mapping[str, bytes]) -> bytes:
    """The parts as a zip without compression."""
    pieces: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for name, content in parts.items():
        path = name.encode()
        head = struct.pack(
            "<HHHHHLLLHH", 20, 0x800, 0, 0, 0x21, zlib.crc32(content), len(content), len(content), len(path), 0
        )
        directory.append(
            b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHLL", 0, 0, 0, 0, offset) + path
        )
        pieces += (b"PK\x03\x04" + head + path, content)
        offset += 30 + len(path) + len(content)
    ending = b"".join(directory)
    tail = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, len(directory), len(directory), len(ending), offset, 0)
    return b"".join((*pieces, ending, tail))
