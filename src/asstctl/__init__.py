"""asstctl: assistants as code. YAML manifests in, an account that matches them out."""
