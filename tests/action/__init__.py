"""The action and the reusable workflow, run step by step."""
