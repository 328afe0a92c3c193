"""What `import` does to an object of the account."""
