"""How a database gets from each released version to the next; alembic finds the scripts by path.

A released script is never edited. To add one, copy the last, raise its number, and raise ``HEAD``
in `watchword.storage.sql.versions`. A test says whether the scripts and the tables agree.
"""
