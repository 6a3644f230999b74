"""Proves what was taken from Tallystick's journal, away from the service: this file, Python 3.9 or later, and cryptography.

    python tallystick_verify.py EXTRACT --key KEY [--checkpoint KEPT [--consistency FILE]]
    python tallystick_verify.py --key KEY --checkpoint OLDER NEWER --consistency FILE

KEY is the journal's public key, or a file with it, that you got before there was a quarrel. EXTRACT is what the service gave:
records with their proofs, or every leaf. Exit code 0: all of it holds; 1: something does not; 2: something cannot be read.
Sources: RFC 9162, section 2.1; c2sp.org/signed-note; c2sp.org/tlog-checkpoint.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HOLDS, FAULT = "holds", "FAULT"
EXTRACT, LEAVES, CONSISTENCY = (f"tallystick journal {what} 1" for what in ("extract", "leaves", "consistency"))
NOTE = re.compile(
    r"(?P<text>(?P<origin>\S+)\n(?P<size>0|[1-9][0-9]{0,17})\n(?P<root>\S{44})\ntime (?P<at>\S+)\nentry (?P<entry>0|[1-9][0-9]{0,17})\n)"
    r"\n— (?P<name>\S+) (?P<signature>\S+)\n"
)


class Broken(Exception):
    """A proof does not hold. The message says which."""


class Unreadable(ValueError):
    """Something is not what it should be before any proof begins. The message says what."""


class Head(NamedTuple):
    """What a checkpoint says of the journal."""

    size: int
    root: bytes
    at: str
    entry_no: int

    def __str__(self) -> str:
        return f"the checkpoint of {self.at} ({self.size:,} records, newest entry {self.entry_no})"


class Findings:
    """Says what holds and what does not, as it is found."""

    faults = 0

    def say(self, sentence: str, mark: str = "") -> None:
        self.faults += mark == FAULT
        # Whatever could steer a terminal is shown instead.
        shown = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in sentence)
        sys.stdout.write(f"{mark:<8}{shown}\n")


class Key(NamedTuple):
    """A public key of Ed25519 with its name."""

    name: str
    identity: bytes
    public: bytes

    @classmethod
    def read(cls, text: str) -> Key:
        """From NAME+ID+KEY, or from a file with it."""
        read = text if "+" in text else Path(text).read_text(encoding="utf-8")
        name, identity, content = [*read.strip().split("+", 2), "", ""][:3]
        key = decoded(content)
        if identity != hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex():
            raise Unreadable("That is no public key of a journal: it looks like NAME+ID+KEY.")
        return cls(name, bytes.fromhex(identity), key[1:])

    def opened(self, note: str, findings: Findings) -> Head:
        """What a checkpoint says, once its signature holds."""
        said = NOTE.fullmatch(note)
        if said is None:
            raise Unreadable("That is no checkpoint of a journal.")
        signature = decoded(said["signature"])
        if said["name"] != self.name or said["origin"] != self.name or signature[:4] != self.identity:
            raise Broken("The checkpoint was signed by another key than yours.")
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature[4:], said["text"].encode())
        except InvalidSignature:
            raise Broken("The checkpoint's signature does not hold: somebody changed it.") from None
        head = Head(int(said["size"]), decoded(said["root"]), said["at"], int(said["entry"]))
        findings.say(f"Your key signed {head}", HOLDS)
        return head


def decoded(text: str) -> bytes:
    """Base64, which can be written in one way only. Raises ValueError."""
    content = base64.b64decode(text, validate=True)
    if base64.b64encode(content).decode() != text:
        raise ValueError(text)
    return content


def hash_in(text: str) -> bytes:
    """A hash in hexadecimal, which can be written in one way only. Raises ValueError."""
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise ValueError(text)
    return bytes.fromhex(text)


def parts(found: Any, names: str) -> list[Any]:
    """The values of an object that has members of these names and no others. Raises ValueError."""
    if not isinstance(found, dict) or list(found) != names.split():
        raise ValueError(names)
    return list(found.values())


def written(text: str) -> Any:
    """JSON as the service writes it, to the byte: who changes it in any way is found."""
    found = json.loads(text)
    if json.dumps(found, ensure_ascii=False, separators=(",", ":")) != text.rstrip("\n"):
        raise Unreadable("It is not written as the service writes it: somebody changed it.")
    return found


def leaf_hash(leaf: str) -> bytes:
    return hashlib.sha256(b"\x00" + leaf.encode()).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def climb(place: int, last: int, start: bytes, path: list[bytes]) -> tuple[bytes, bytes] | None:
    """From a subtree to the root of the leaves that end with it, and that of all: what sections 2.1.3.2 and 2.1.4.2 share."""
    of_old = of_all = start
    for beside in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            of_old, of_all = node_hash(beside, of_old), node_hash(beside, of_all)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            of_all = node_hash(of_all, beside)
        place, last = place >> 1, last >> 1
    return (of_old, of_all) if last == 0 else None


def is_included(leaf: bytes, number: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Whether a leaf's hash is that of the leaf `number`, counted from one, of a tree (RFC 9162, section 2.1.3.2)."""
    reached = climb(number - 1, size - 1, leaf, path) if 1 <= number <= size else None
    return reached is not None and reached[1] == root


def is_grown(old: int, old_root: bytes, new: int, new_root: bytes, path: list[bytes]) -> bool:
    """Whether a tree begins with the leaves of a smaller one (RFC 9162, section 2.1.4.2)."""
    if not 0 < old < new or not path:
        return old == new and old_root == new_root and not path
    first, *rest = path if old & (old - 1) else [old_root, *path]
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    return climb(place, last, first, rest) == (old_root, new_root)


def prove_extract(found: Any, key: Key, findings: Findings) -> Head:
    """Records, each with its proof."""
    _, asked, note, records = parts(found, "kind asked checkpoint records")
    head = key.opened(note, findings)
    ((what, which),) = asked.items()
    for record in records:
        number, leaf, revealed, path = parts(record, "number leaf revealed path")
        if not is_included(leaf_hash(leaf), number, head.size, [hash_in(text) for text in path], head.root):
            raise Broken(f"Record {number} is not in the journal of that checkpoint, or not as it is here.")
        findings.say(f"Record {number} is in the journal of that checkpoint, as it is here", HOLDS)
        said = json.loads(leaf)
        about = {"record": [number], "subject": [show(said, revealed, findings).get("subject")]}
        about["entry"] = [entry["number"] for entry in said["entries"]]
        if said["number"] != number or which not in about[what]:
            findings.say(f"Record {number} is not about the {what} that was asked for.", FAULT)
    if not records:
        raise Unreadable("It has no records.")
    findings.say("Whether there are more records like these, only all leaves together can show.")
    return head


def show(leaf: dict[str, Any], revealed: dict[str, Any], findings: Findings) -> dict[str, str]:
    """What a proved leaf says. Gives the words that belong to it."""
    findings.say(f"{leaf['at']}: {leaf['deed']}, {leaf['subject_kind']}; {leaf.get('role', 'role unknown')}")
    kept = {}
    for name, opened in revealed.items():
        salt, words = parts(opened, "salt words")
        if leaf.get(name) == hashlib.sha256(hash_in(salt) + words.encode()).hexdigest():
            kept[name] = words
            findings.say(f"{name}: {words}")
        else:
            findings.say(f"What is here as its {name} is not what it committed to.", FAULT)
    for entry in leaf["entries"]:
        said = (f"{name} {value}" for name, value in entry.items() if value is not None and name != "number")
        findings.say(f"entry {entry['number']}: {', '.join(said)}")
    return kept


def prove_leaves(lines: Iterable[str], opening: Any, key: Key, kept: list[Head], findings: Findings) -> Head:
    """Every leaf from the first on: the tree is built again, and held against each checkpoint that it reaches."""
    head = key.opened(parts(opening, "kind checkpoint")[1], findings)
    edge: list[bytes] = []
    size = newest = 0
    for line in lines:
        number, leaf = parts(written(line), "number leaf")
        size += 1
        if number != size or not line.endswith("\n"):
            raise Broken(f"Leaf {size} is missing or cut off.")
        node = leaf_hash(leaf)
        for _ in range((size & -size).bit_length() - 1):
            node = node_hash(edge.pop(), node)
        edge.append(node)
        newest = max([newest, *(entry["number"] for entry in json.loads(leaf)["entries"])])
        for reached in {head, *kept}:
            if reached.size == size:
                hold(edge, newest, reached, findings)
    if size != max(reached.size for reached in (head, *kept)):
        raise Broken(f"There are {size:,} leaves: not as many as the newest checkpoint has.")
    return head


def hold(edge: list[bytes], newest: int, head: Head, findings: Findings) -> None:
    """The leaves so far, as the roots of their whole subtrees, against a checkpoint of as many."""
    root = edge[-1]
    for left in reversed(edge[:-1]):
        root = node_hash(left, root)
    if (root, newest) != (head.root, head.entry_no):
        raise Broken(f"The first {head.size:,} leaves or their entries are not those of {head}.")
    findings.say(f"The first {head.size:,} leaves and their entries are those of {head}", HOLDS)


def prove_growth(found: Any, heads: list[Head], findings: Findings) -> None:
    """One checkpoint's journal begins with another's."""
    kind, *ends, path = parts(found, "kind from to path")
    (old, old_root), (new, new_root) = (parts(end, "size root") for end in ends)
    named = {(old, hash_in(old_root)), (new, hash_in(new_root))}
    if kind != CONSISTENCY or named != {(head.size, head.root) for head in heads}:
        raise Broken("The proof of consistency is not about these checkpoints.")
    if not is_grown(old, hash_in(old_root), new, hash_in(new_root), [hash_in(text) for text in path]):
        raise Broken(f"The journal of {new:,} records does not begin with that of {old:,}: somebody rewrote it.")
    findings.say(f"The journal of {new:,} records begins with that of {old:,}, unchanged", HOLDS)


def prove(options: argparse.Namespace, findings: Findings) -> None:
    """Everything that the command line names."""
    key = Key.read(options.key)
    heads = [key.opened(path.read_bytes().decode(), findings) for path in options.checkpoint]
    joined = bool(options.consistency)
    if options.file:
        with options.file.open(encoding="utf-8", newline="\n") as lines:
            found = written(next(lines, ""))
            if found["kind"] == LEAVES:
                heads.append(prove_leaves(lines, found, key, heads, findings))
                joined = True
            elif found["kind"] == EXTRACT and not any(lines):
                heads.append(prove_extract(found, key, findings))
            else:
                raise Unreadable("That is no extract of a journal, or one of another version.")
    if options.consistency:
        prove_growth(written(options.consistency.read_bytes().decode()), heads, findings)
    places = {(head.size, head.root) for head in heads}
    if len(places) > len({head.size for head in heads}):
        raise Broken("Two checkpoints of as many records differ: there are two journals.")
    if not heads or (len(places) > 1 and not joined):
        raise Unreadable("Name an extract or a checkpoint; two are joined by a proof, after --consistency.")


def main(arguments: list[str] | None = None) -> int:
    """Proves what the arguments name, says what it found, and gives the exit code."""
    asked = argparse.ArgumentParser(description="Prove what was taken from a journal of Tallystick.")
    asked.add_argument("file", nargs="?", type=Path, help="an extract, or all leaves")
    asked.add_argument("--key", required=True, help="the journal's public key, or a file with it")
    asked.add_argument("--checkpoint", nargs="+", type=Path, default=[], help="checkpoints that you kept")
    asked.add_argument("--consistency", type=Path, help="what the service gave to join two of them")
    findings = Findings()
    try:
        prove(asked.parse_args(arguments), findings)
    except Broken as broken:
        findings.say(str(broken), FAULT)
    except (AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError) as error:
        known = isinstance(error, (OSError, Unreadable))
        findings.say(str(error) if known else "It is not what the service gives.", "UNREAD")
        return 2
    findings.say("It does not hold." if findings.faults else "All of it holds.")
    return 1 if findings.faults else 0


if __name__ == "__main__":
    sys.exit(main())
