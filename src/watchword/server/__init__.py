"""Running: a supervisor that owns the socket, and worker processes that share it.

The only part that knows uvicorn. It knows no vendor and no command line.
"""
