"""``watchword import``: people from other systems, with the hashes of their passwords.

A file is opened (`sources`) and read row by row by its kind (`csv_rows`, `copy_rows`, `json_rows`);
a row becomes somebody who arrives (`reading`, by `formats` and an operator's `wishes`); all rows
are checked, then written (`run`). Nothing here knows a vendor.
"""
