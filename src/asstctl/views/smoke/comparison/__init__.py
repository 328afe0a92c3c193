"""This run of smoke beside an earlier one: for people, as JSON, in JUnit and on the page."""
