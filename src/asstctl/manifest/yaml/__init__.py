"""YAML text: nodes with positions on the way in, text as a person would write it on the way out."""
