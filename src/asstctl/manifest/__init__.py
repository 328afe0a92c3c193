"""YAML with positions, validated, turned into the desired state; every problem reported."""
