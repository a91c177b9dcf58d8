"""The live page: the project as one local web page that follows logs while they grow.

A ``Feed`` holds all that the page shows as one ``Snapshot`` with a revision. When logs or the database change, it
makes the next snapshot and knows what differs, so that a page that saw revision N is sent what came after N and
nothing again. The files here that speak HTTP (``app``, ``events``, ``query``, ``security``, ``server``), and
``follower``, need the extra ``web``.
"""
