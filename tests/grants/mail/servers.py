"""Servers on this computer that letters go to: a mail server in a process of its own, and one that speaks GOV.UK Notify's API."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from tests.patience import SECONDS

SERVICE, SECRET = "26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0"
NOTIFY_KEY = f"a-test-key-{SERVICE}-{SECRET}"
TEMPLATE = UUID("f33517ff-2a88-4f6e-b855-c550268ce08a")


@dataclass
class NotifyServer:
    """What GOV.UK Notify documents of its API: messages are taken once each time that they are posted, and found by reference.

    `does` is what happens to the next posts, in turn: a status to refuse with, "cut" to take the message and say nothing,
    "slow" to take it after a while.
    """

    address: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    does: list[int | str] = field(default_factory=list)
    finds: list[int] = field(default_factory=list)

    @property
    def arrived(self) -> Counter[str]:
        """How often each reference arrived."""
        return Counter(one["reference"] for one in self.taken)


def _may(header: str) -> bool:
    """Whether a token is one that Notify takes: HS256 by the secret, from the service, and 30 seconds old at most."""
    head, claims, signature = header.removeprefix("Bearer ").split(".")
    expected = hmac.new(SECRET.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
    found = json.loads(base64.urlsafe_b64decode(claims + "=="))
    alg = json.loads(base64.urlsafe_b64decode(head + "=="))
    right = hmac.compare_digest(base64.urlsafe_b64decode(signature + "=="), expected)
    return (
        right
        and alg == {"typ": "JWT", "alg": "HS256"}
        and found["iss"] == SERVICE
        and abs(found["iat"] - time.time()) < 30
    )


def _handler(server: NotifyServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *said: object) -> None:
            """Says nothing."""

        def answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not _may(self.headers["Authorization"]):
                return self.answer(403, {"status_code": 403, "errors": [{"error": "AuthError", "message": "no"}]})
            doing = server.does.pop(0) if server.does else 201
            if isinstance(doing, int) and doing != 201:
                return self.answer(
                    doing, {"status_code": doing, "errors": [{"error": "Error", "message": body["email_address"]}]}
                )
            assert self.path == "/v2/notifications/email"
            assert set(body["personalisation"]) == {"subject", "body"}
            assert body["template_id"] == str(TEMPLATE)
            if doing == "slow":
                time.sleep(0.2)
            server.taken.append({**body, "id": str(uuid4()), "status": "created"})
            if doing == "cut":
                self.close_connection = True
                self.connection.close()
                return None
            return self.answer(201, {"id": server.taken[-1]["id"], "reference": body["reference"]})

        def do_GET(self) -> None:
            if server.finds and (status := server.finds.pop(0)) != 200:
                return self.answer(status, {"status_code": status, "errors": []})
            asked = parse_qs(urlsplit(self.path).query)
            found = [one for one in server.taken if one["reference"] in asked["reference"]]
            return self.answer(
                200 if _may(self.headers["Authorization"]) else 403, {"notifications": found, "links": {}}
            )

    return Handler


@contextmanager
def notify_server() -> Iterator[NotifyServer]:
    """A server that speaks Notify's API."""
    told = NotifyServer()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(told)) as server:
        told.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()


@dataclass
class MailBox:
    """A mail server's port, and the folder that it puts what it takes into, one file for each time that it took something."""

    port: int
    folder: Path

    def arrived(self) -> list[bytes]:
        """Each message that was taken, with its envelope in its first lines."""
        return [file.read_bytes() for file in sorted(self.folder.glob("*.taken"))]


@contextmanager
def mail_server(folder: Path, *options: str) -> Iterator[MailBox]:
    """A real mail server in a process of its own. `options`: see mail_server_process.py."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.grants.mail.mail_server_process", str(folder), *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parents[3], env=os.environ
    ) as process:
        assert process.stdout is not None
        try:
            yield MailBox(int(process.stdout.readline()), folder)
        finally:
            process.terminate()
            process.wait(timeout=SECONDS)
