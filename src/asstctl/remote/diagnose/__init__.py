"""What `doctor` finds out over the wire: the way to a server, and what it speaks."""
