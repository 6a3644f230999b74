"""Queries of second factors: the sealed secret, the last step that was used, and codes to recover with."""

from datetime import datetime
from uuid import UUID

from grants.store.signing_in import FactorRow
from grants.store.tables import RecoveryCode
from grants.store.transaction import Db, Tx


async def factor_of(db: Db, person: UUID) -> FactorRow:
    """What a person has set up, confirmed or not."""
    row = await db.fetchrow("SELECT totp_sealed, totp_confirmed_at FROM credential WHERE person_id = $1", person)
    return FactorRow(row["totp_sealed"], row["totp_confirmed_at"] is not None) if row else FactorRow(None, False)


async def keep_pending(db: Db, person: UUID, kept: bytes) -> bool:
    """Keeps a secret that has still to be confirmed; not where one is confirmed already."""
    done = await db.fetchval(
        "INSERT INTO credential AS c (person_id, totp_sealed) VALUES ($1, $2) ON CONFLICT (person_id) DO UPDATE "
        "SET totp_sealed = $2, totp_last_step = NULL WHERE c.totp_confirmed_at IS NULL RETURNING true",
        person,
        kept,
    )
    return bool(done)


async def use_step(db: Db, person: UUID, kept: bytes, step: int) -> bool:
    """Takes a step of a sealed secret, once, and none before it: of two who bring the same code, one is refused."""
    done = await db.fetchval(
        "UPDATE credential SET totp_last_step = $3 WHERE person_id = $1 AND totp_sealed = $2 "
        "AND (totp_last_step IS NULL OR totp_last_step < $3) RETURNING true",
        person,
        kept,
        step,
    )
    return bool(done)


async def confirm(db: Db, person: UUID, now: datetime) -> bool:
    """From now on the second factor must be shown; whether it was not so already."""
    done = await db.fetchval(
        "UPDATE credential SET totp_confirmed_at = $2 WHERE person_id = $1 AND totp_confirmed_at IS NULL RETURNING true",
        person,
        now,
    )
    return bool(done)


async def drop(db: Db, person: UUID, now: datetime) -> None:
    """Takes the second factor away, and its codes."""
    await db.execute(
        "UPDATE credential SET totp_sealed = NULL, totp_confirmed_at = NULL, totp_last_step = NULL WHERE person_id = $1",
        person,
    )
    await _void_codes(db, person, now)


async def keep_codes(tx: Tx, person: UUID, digests: list[bytes]) -> None:
    """New codes to recover with, in the place of all earlier ones."""
    await _void_codes(tx.db, person, tx.now)
    await tx.add(*(RecoveryCode(person_id=person, sha256=digest, created_at=tx.now) for digest in digests))


async def use_code(db: Db, person: UUID, digest: bytes, now: datetime) -> bool:
    """Takes a code to recover with, once."""
    done = await db.fetchval(
        "UPDATE recovery_code SET used_at = $3 WHERE person_id = $1 AND sha256 = $2 AND used_at IS NULL RETURNING true",
        person,
        digest,
        now,
    )
    return bool(done)


async def codes_left(db: Db, person: UUID) -> int:
    """How many codes to recover with are still good."""
    found: int = await db.fetchval(
        "SELECT count(*) FROM recovery_code WHERE person_id = $1 AND used_at IS NULL", person
    )
    return found


async def _void_codes(db: Db, person: UUID, now: datetime) -> None:
    await db.execute("UPDATE recovery_code SET used_at = $2 WHERE person_id = $1 AND used_at IS NULL", person, now)
