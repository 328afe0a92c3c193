"""What each kind of expectation means, and the ways to look at a reply."""
