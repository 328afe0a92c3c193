"""What is wrong with the manifests: for people and as JSON."""
