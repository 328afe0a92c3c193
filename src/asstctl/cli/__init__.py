"""The command line: options, wiring, one file per verb."""
