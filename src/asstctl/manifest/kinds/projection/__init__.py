"""An assistant as a target's API can express it, and what is said of the rest."""
