"""Pure renderers, one package per command; what several of them share stands here at the top."""
