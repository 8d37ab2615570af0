"""One script a version, written out in full, so that no later change of the tables touches it."""
