"""Passwords: Argon2id, never more at once than the machine has memory and cores for."""

from __future__ import annotations

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY

# RFC 9106's second choice: 64 MiB, three passes, four lanes; about 0.1 s on an office server.
# That is slow enough for whoever steals the table, and not felt by whoever signs in once a day.
STRONG = RFC_9106_LOW_MEMORY

# For tests alone, which sign in thousands of times; nothing but an explicit argument selects it.
TESTING = CHEAPEST

# Two at once take 128 MiB and both cores of the smallest machine; more would only wait longer.
AT_ONCE = 2

# Longer input is refused before it is hashed: hashing is the one costly thing that somebody who
# has not signed in can ask for.
LENGTH_MAX = 200


# Stands for the hash of somebody who has chosen no password yet: nothing is verified against it.
NO_PASSWORD = "!"  # noqa: S105 (no password)


class Passwords:
    """Hashes and verifies with one set of parameters."""

    def __init__(self, parameters: Parameters = STRONG) -> None:
        self._hasher = PasswordHasher.from_parameters(parameters)
        # What an unknown account is verified against, so that the answer takes the same time.
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Tell whether ``password`` belongs to the hash; None (unknown account) never does.

        It takes the same time for an unknown account and for one without a password.
        """
        known = password_hash if password_hash != NO_PASSWORD else None
        try:
            self._hasher.verify(known or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return known is not None
