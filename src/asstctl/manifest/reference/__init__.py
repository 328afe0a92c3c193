"""What the manual says of fields: made from the schemas, and from what each API has."""
