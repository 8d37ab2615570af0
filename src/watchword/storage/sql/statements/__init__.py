"""Every statement, once, for both databases: a module for each group of nouns.

Rules of this package:

1. A writing unit is alone while it lasts (`watchword.storage.sql.doors`), so a statement may rely
   on what the one before it saw.
2. What a record needs comes in one look, by joins, in the order of `watchword.storage.sql.rows`.
3. Every value from outside is a bound parameter with a name. ``…_FEW`` and ``…_MANY`` take several
   keys at once (`watchword.storage.sql.dealing`), of which some may be None.
"""
