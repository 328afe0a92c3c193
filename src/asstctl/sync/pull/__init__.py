"""What manifests are written from: an account's objects, given keys, with their files on disk."""
