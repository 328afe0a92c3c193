"""JSON Schemas: those of the manifests, and those that manifests carry."""
