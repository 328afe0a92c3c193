"""The words that every room speaks: canonical forms and stamps."""
