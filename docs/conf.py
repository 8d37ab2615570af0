"""Sphinx configuration. `make docs` builds with warnings as errors."""

from watchword import __version__

project = "Watchword"
author = "The Watchword authors"
copyright = "The Watchword authors"  # noqa: A001 - the name that Sphinx reads
release = __version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
# What the benchmark wrote is included by a page, and is none itself.
exclude_patterns = ["_build", "benchmarks/*"]

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

# The theme brings its own fonts, styles and scripts; a reader's browser asks nobody else.
html_theme = "furo"
html_title = "Watchword"
html_copy_source = False
html_show_sphinx = False
