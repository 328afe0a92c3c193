"""Which asstctl this is."""


def installed_version() -> str:
    """The version of the installed package. Looking it up costs more than all of ``--help``."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("asstctl")
    except PackageNotFoundError:
        return "unknown: this copy runs without being installed"
