"""How large a file may be that a page takes: said beside its field, and by the same words where a larger one was sent."""

from typing import Any, Final

from litestar import Response
from litestar.exceptions import HTTPException

from grants.pages.layout import Asked, go

_REFUSED: Final = "too-large"


def limits_of(request: Asked, most_bytes: int | None = None) -> dict[str, Any]:
    """What a template with a file's field is given; without `most_bytes` it takes workbooks."""
    most = request.app.state.upload_bytes if most_bytes is None else most_bytes
    return {"most_bytes": most, "megabytes": max(1, most // 1_000_000)}


def refuse_too_large(request: Asked, error: HTTPException) -> Response[Any]:
    """A file that is not even read: the form is shown once more, with the words at its field."""
    return go(f"{request.url.path}?refused={_REFUSED}")


def too_large_errors(request: Asked, field: str, most_bytes: int | None = None) -> dict[str, str]:
    """The words at the field, where its file was refused for its size."""
    if request.query_params.get("refused") != _REFUSED:
        return {}
    return {field: f"The selected file must be smaller than {limits_of(request, most_bytes)['megabytes']}MB"}
