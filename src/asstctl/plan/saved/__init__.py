"""Saved plans: bound to the account, the manifests and the objects that they were computed from.

A saved plan is what was shown, the options and a binding, under a seal. Applying it computes the
plan once more and refuses when anything that it rests on has moved: what runs is what was reviewed.
"""
