"""What asstctl keeps on this machine: caches in `.asstctl`, safe to delete, replaced whole."""
