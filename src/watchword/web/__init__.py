"""The HTTP that translators share: reading, refusing, routing, threads. It knows no vendor."""
