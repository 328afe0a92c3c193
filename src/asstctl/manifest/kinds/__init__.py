"""What each kind of manifest means, once its schema is satisfied."""
