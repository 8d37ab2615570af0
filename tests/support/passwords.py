"""Hashing that is counted, around the real one: whoever costs as much must hash as often."""

from watchword.core.passwords import Passwords, Verdict

__all__ = ["CountingPasswords"]


class CountingPasswords(Passwords):
    """Notes every password that is checked."""

    def __init__(self, inner: Passwords) -> None:
        """Stand in front of ``inner``, which does the work and is closed by its owner."""
        self.checked: list[str] = []
        self._inner = inner

    def hash(self, password: str) -> str:
        """Return the encoded hash of a new password."""
        return self._inner.hash(password)

    def check(self, password: str, encoded: str | None) -> Verdict:
        """Check a password, and note it."""
        self.checked.append(password)
        return self._inner.check(password, encoded)
