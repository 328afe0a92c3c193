"""What a matrix has shown: which model, or prompt, did how well."""
