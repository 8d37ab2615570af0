"""Places that keep people and their passwords for us, behind the port that `core` declares.

What is here is imported only where it is configured: its libraries are an extra.
"""
