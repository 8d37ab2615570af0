"""The face engine of the extra ``watchword[face]``: photos and clips in, templates and facts out.

Two halves, and a pipe between them. In a worker, `watchword.faces.pool` answers the core and knows
no pixel; it imports nothing that is not there without the extra. In a process of its own, which is
started with the first face and may touch nothing, `watchword.faces.engine` decodes and looks.

No part of it must know a subject, keep what it is shown, or decide who may come in.
"""
