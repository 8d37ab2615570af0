"""``watchword``, and ``python -m watchword``."""

from watchword.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
