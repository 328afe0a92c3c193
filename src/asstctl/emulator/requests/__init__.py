"""Request bodies: what is accepted, with every limit, and nothing else."""
