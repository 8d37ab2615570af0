"""Watchword: identity and access server for identity-verification and biometric platforms."""

from typing import Final

__all__ = ["__version__"]

__version__: Final = "0.1.0"
