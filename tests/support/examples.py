"""How many examples a property is tried with: a share of what hypothesis's profile says."""

from typing import Any

from hypothesis import HealthCheck, settings


def tries(share: float, **other: Any) -> settings:
    """``share`` times the profile's examples, one at least: for laws dearer or cheaper than most.

    A number written out beside a test would hold under every profile, so that looking for new
    examples (``--hypothesis-profile=search``) would look no further.
    """
    count = max(1, round(settings().max_examples * share))
    return settings(max_examples=count, **other)


UNHURRIED = {"suppress_health_check": list(HealthCheck)}
"""For laws whose every example takes a server or a folder."""
