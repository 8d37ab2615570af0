"""The identity core: who can log in, what they hold, and when it ends.

It knows no HTTP, no SQL, no vendor and no wall clock. It is synchronous: hashing and storage block
anyway, and the hot path (`watchword.core.access`) is pure computation.
"""
