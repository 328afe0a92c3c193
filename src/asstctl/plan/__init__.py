"""Pure comparison of desired and actual: changes, their order, their reasons, their safety."""
