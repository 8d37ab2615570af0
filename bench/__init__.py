"""`make bench`: this server's cost beside its peers', measured in one run by one client.

What is compared, and why, is in ``docs/reference/benchmark.md``. Nothing here is shipped, and
nothing here is a test: a machine that is slow today must not turn a build red.
"""
