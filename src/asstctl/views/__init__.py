"""Pure renderers: a result in, text for a terminal, JSON, Markdown or JUnit out."""
