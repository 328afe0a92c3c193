"""What was taken over from an account into manifests."""
