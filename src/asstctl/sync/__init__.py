"""An account made what the manifests say, through a port that knows no wire (``ports``).

``refresh`` reads the account into actual, in the manifests' terms (``project_view``).
``apply`` makes a plan true, with the account's ids (``binding``), creating ``exactly_once`` over a
wire that loses answers. ``readback`` looks at what came of it.

Rooms: ``change`` (the steps of one change), ``uploads`` (whose bytes are these), ``adopt`` (the
command ``import``), ``pull``, ``doctor`` and ``local`` (the caches in `.asstctl`).
"""
