"""Git: which commit the manifests come from, and the manifests of any other commit.

Nothing here changes the repository, its index or its work tree.
"""
