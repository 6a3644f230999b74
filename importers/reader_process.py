"""The process that reads what strangers send: kept warm, it forks a child for each file and trusts none of them.

It is started with an empty environment and holds no connection but one to its parent. A child can open no file and no
connection, is bounded in memory, processor time and time, and ends with its file.
"""

import contextlib
import ctypes
import gc
import os
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from importers import frames
from importers.annotate import annotate
from importers.answer import (
    Annotated,
    AnnotateRequest,
    Answer,
    CheckRequest,
    CompareRequest,
    MatchRequest,
    NotAReturn,
    Request,
    SurroundingsRequest,
)
from importers.checking import answer_to, check, read_return
from importers.comparing import compare
from importers.limits import Limits
from importers.matching import warming as matching_warming
from importers.matching.reading import suggest_for
from importers.registers.asking import RegisterRequest
from importers.registers.reading import read_register
from importers.registers.warming import REGISTERS
from importers.surroundings import surroundings_of
from importers.warming import sample

READY: Final = b"r"
_FAILED: Final = 3
_PARENT_DIED: Final = 1
_NO_NEW_PRIVILEGES: Final = 38
_LINES_BEFORE: Final = 250
"""A child reads so many before its file comes: more would save its file little, and cost every child more."""


def main() -> None:
    """Serves until the parent closes its end. Arguments: the control socket's number, the limits as JSON."""
    control = socket.socket(fileno=int(sys.argv[1]))
    limits = msgspec.json.decode(sys.argv[2], type=Limits)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C in the terminal is for the service, which then closes us
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # short of memory, the kernel ends a reader first
    _warm(limits)
    gc.collect()
    gc.freeze()
    control.sendall(READY)
    while True:
        try:
            sign, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        except OSError:
            return
        if not sign:
            return
        for descriptor in descriptors:
            if os.fork() == 0:
                _child(control, descriptor, limits)
            os.close(descriptor)


def _warm(limits: Limits) -> None:
    texts = tuple("é;empty".encode(name) for name in ("utf-8", "cp1252", "utf-16-le", "utf-16-be", "cp437"))
    for data in (sample(), sample(_LINES_BEFORE), *texts, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        msgspec.msgpack.encode(check(CheckRequest(data), limits))
    annotate(sample(), (), limits)
    matching_warming.warm(limits)
    for request in REGISTERS:
        msgspec.msgpack.encode(read_register(request, limits))
    msgspec.msgpack.Decoder(Request)


def _child(control: socket.socket, descriptor: int, limits: Limits) -> NoReturn:
    try:
        gc.disable()  # it lives for one file
        control.close()
        connection = socket.socket(fileno=descriptor)
        _confine(limits)
        if not _is_asked(connection):  # the memory that it writes to becomes its own before the file comes
            check(CheckRequest(sample(_LINES_BEFORE)), limits)
        _answer(connection, limits)
    finally:
        os._exit(_FAILED)


def _is_asked(connection: socket.socket) -> bool:
    """Whether a file is on its way already: then there is no time to lose."""
    try:
        return bool(connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return False


def _confine(limits: Limits) -> None:
    """No new files or connections, no children, no core dump; memory and processor time bounded."""
    libc = ctypes.CDLL(None)
    if sys.platform == "linux":
        libc.prctl(_PARENT_DIED, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _answer(connection: socket.socket, limits: Limits) -> NoReturn:
    head = frames.receive(connection, limits.answer_bytes)
    signal.setitimer(signal.ITIMER_REAL, limits.wall_seconds)
    data = frames.receive(connection, limits.file_bytes + 1)
    request: Request = msgspec.structs.replace(msgspec.msgpack.decode(head, type=Request), data=data)
    del data
    answer: Answer
    bulk = b""
    try:
        if isinstance(request, AnnotateRequest):
            answer, bulk = Annotated(), annotate(request.data, request.problems, limits, request.notices)
        elif isinstance(request, MatchRequest):
            answer = suggest_for(request, limits)
        elif isinstance(request, RegisterRequest):
            answer = read_register(request, limits)
        elif isinstance(request, SurroundingsRequest):
            answer = surroundings_of(request, limits)
        elif isinstance(request, CompareRequest):
            answer = compare(request, limits)
        else:
            facts = read_return(request, limits)
            answer = answer_to(facts, limits)
            bulk, answer = answer.lines_copy, msgspec.structs.replace(answer, lines_copy=b"")
    except NotAReturn as refusal:
        answer = refusal.refused
    frames.send(connection, msgspec.msgpack.encode(answer))
    frames.send(connection, bulk)
    os._exit(0)  # with a million cells still held: giving them back one by one would take longer than the checks
