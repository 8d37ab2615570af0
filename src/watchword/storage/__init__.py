"""Everything that remembers: the back-ends of `watchword.core.ports.Storage` and of its stamps.

Nothing here decides who may do what. Only this part speaks SQL.
"""
