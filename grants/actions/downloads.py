"""Files that leave the service: their names, their digest, and the headers that go with them."""

import base64
import re
from urllib.parse import quote


def headers_for(filename: str, sha256: str) -> dict[str, str]:
    """Headers of a download: always an attachment, never sniffed, with the digest of its bytes (RFC 9530)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", filename) or "download"
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}",
        "Repr-Digest": f"sha-256=:{digest}:",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
