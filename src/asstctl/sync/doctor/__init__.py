"""``doctor``: is an account fit to be managed? What manifests need of it is tried with probes."""
