"""The only way by which a request leaves asstctl, for every API that an account may speak.

``connect`` opens a ``Wire`` to a target; its verbs send requests with manners. Below them, in
``gate``, every request passes one place, also those of the ``openai`` SDK that smoke borrows:
there the target's headers are put on, and no others.
"""
