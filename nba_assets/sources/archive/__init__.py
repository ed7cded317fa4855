"""The archive: files of a family by season, read into typed columns; what cannot be read is an error, never absent."""
