"""The door to the single-file verifier, which is no secret."""

import hashlib
from importlib.resources import files

from litestar import Response, get

from grants.actions.downloads import headers_for
from grants.domain.access import Deed

FILE = "tallystick_verify.py"


@get(
    "/verifier",
    opt={"deed": Deed.ANYONE},
    media_type="text/x-python",
    summary="The single-file verifier",
    sync_to_thread=True,
)
def verifier() -> Response[bytes]:
    """The program that proves extracts of the journal away from the service: Python and cryptography are all that it needs."""
    content = files("reports.offline").joinpath(FILE).read_bytes()
    return Response(content, headers=headers_for(FILE, hashlib.sha256(content).hexdigest()))


ROUTES = [verifier]
