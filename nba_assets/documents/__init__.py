"""Published documents in general: canonical JSON, JSON Schemas, shared parts, the manifest rows."""
