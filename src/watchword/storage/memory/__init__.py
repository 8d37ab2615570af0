"""A storage that lasts as long as its process: the reference that the others are held to.

It is written to be plainly right. It finds most things by looking at everything.
"""

from watchword.storage.memory.storage import MemoryStorage
from watchword.storage.memory.vault import MemoryVault

__all__ = ["MemoryStorage", "MemoryVault"]
