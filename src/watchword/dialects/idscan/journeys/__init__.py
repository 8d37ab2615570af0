"""Journeys: what was captured of whom, how it is kept, found, shown and removed.

One journey is one check of one person. Each upload adds a *scan* to it: a page of a document, or a
face. All that is known of a journey is one document of the core's store; images lie in its vault
under a key of the journey's own, which goes with it.
"""
