"""Published documents in general: canonical JSON, JSON Schemas, what all documents share, the manifest rows."""
