"""The use cases, one module per verb: values in, values out. They print nothing and ask nobody.

This is the Python API too. A source says what should exist, a use case opens the account and gives
back what it found or did; whoever wants to watch passes an ``Observer``, whoever wants to be asked
a ``confirm``::

    from asstctl.app.apply import apply
    from asstctl.app.plan import plan
    from asstctl.app.source import read_source

    source = read_source(Path("bots"), target="prod")
    planned = await plan(source)
    applied = await apply(source, confirm=lambda plan: not plan.destroys)
"""
