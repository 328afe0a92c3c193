"""Reads the account into actual and makes a plan true, through ports that know no wire."""
