"""Opens threads, runs prompts and judges the answers."""
