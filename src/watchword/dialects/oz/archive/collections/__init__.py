"""Collections of known faces: black lists and the like (wire contract Oz 8).

A company has collections, a collection persons, a person photos. Who is looked for in them is an
analysis of the kind ``COLLECTION``, for which an engine is handed what it needs (`handing`).
"""
