"""Edits of manifests that leave everything else as it is written: comments, layout, order."""
