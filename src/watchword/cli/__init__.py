"""The command line. Exit codes: 0 done, 1 could not be done, 2 wrong use or a bad file.

Imports nothing by itself: the commands and the server's process need different things.
"""
