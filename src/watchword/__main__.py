"""``watchword``, and ``python -m watchword``."""

from watchword.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
