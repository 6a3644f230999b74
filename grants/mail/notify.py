"""Letters by GOV.UK Notify. It is asked by its reference what it took, before a letter of which that is unclear is sent again.

Source: GOV.UK Notify, REST API documentation. The template has the placeholders ((subject)) and ((body)).
"""

import re
import time
from typing import Any, Final
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey

from grants.domain.errors import Invalid
from grants.domain.letters import Letter
from grants.mail.transport import TAKEN, TOO_LATE, Answer, is_late, not_taken, unclear

TIMEOUT_SECONDS: Final = 30.0
_UUID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_KEY: Final = re.compile(rf"(?:.*-)?({_UUID})-({_UUID})", re.DOTALL)


class Notify:
    """Hands letters to GOV.UK Notify."""

    can_be_asked = True

    def __init__(self, key: str, template: UUID, address: str) -> None:
        """`key` as Notify shows it: its name, the service and the secret. Raises Invalid."""
        parts = _KEY.fullmatch(key.strip())
        if parts is None:
            raise Invalid("notify_key", "The key for GOV.UK Notify must end with two identifiers, as Notify shows it.")
        self._service, self._secret, self._template = parts[1], OctKey.import_key(parts[2]), template
        self._client = httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS)

    async def hand_over(self, letter: Letter, until: float) -> Answer:
        """Asks Notify to send the letter. Any refusal may be put right by whoever keeps the account."""
        if is_late(until):
            return TOO_LATE
        body = {
            "email_address": letter.to,
            "template_id": str(self._template),
            "personalisation": {"subject": letter.subject, "body": letter.body},
            "reference": letter.key,
        }
        try:
            answer = await self._client.post("/v2/notifications/email", json=body, headers=self._headers())
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return not_taken(f"GOV.UK Notify could not be reached ({type(error).__name__}).")
        except httpx.HTTPError as error:
            return unclear(f"GOV.UK Notify did not say whether it took the letter ({type(error).__name__}).")
        if answer.status_code == 201:
            return TAKEN
        if 400 <= answer.status_code < 500:
            return not_taken(f"GOV.UK Notify did not take the letter (status {answer.status_code}).")
        return unclear(f"GOV.UK Notify did not say whether it took the letter (status {answer.status_code}).")

    async def was_taken(self, key: str) -> bool | None:
        """Whether Notify has a message with the letter's reference."""
        query = {"template_type": "email", "reference": key}
        try:
            answer = await self._client.get("/v2/notifications", params=query, headers=self._headers())
            found: Any = answer.json() if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError):
            return None
        listed = found.get("notifications") if isinstance(found, dict) else None
        if not isinstance(listed, list):
            return None
        return any(isinstance(one, dict) and one.get("reference") == key for one in listed)

    async def close(self) -> None:
        """Ends the connections."""
        await self._client.aclose()

    def _headers(self) -> dict[str, str]:
        """A token that Notify takes for 30 seconds."""
        claims = {"iss": self._service, "iat": int(time.time())}
        return {"Authorization": f"Bearer {jwt.encode({'typ': 'JWT', 'alg': 'HS256'}, claims, self._secret)}"}
