"""This run of smoke beside an earlier one: for people, as JSON and on the page."""
