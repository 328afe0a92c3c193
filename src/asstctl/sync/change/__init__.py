"""How one change is made: new before old, nothing twice, and the stamp last."""
