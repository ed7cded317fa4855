"""The warehouse in BigQuery: statements, jobs with their retries, and the warehouse itself."""
