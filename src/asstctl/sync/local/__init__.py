"""What asstctl keeps on this machine: the folder `.asstctl`, and files that are replaced whole."""
