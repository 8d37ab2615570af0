"""Argon2id with the parameters of the servers that this one is compared with."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class EqualArgon2(Argon2PasswordHasher):
    """19 MiB, two passes, one lane."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
