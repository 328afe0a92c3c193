"""The engine, from an account and a project to an account that is as the project says."""
