"""The command line. Exit codes: 0 done, 1 could not be done, 2 wrong use or a bad file."""

from watchword.cli.main import app, main

__all__ = ["app", "main"]
