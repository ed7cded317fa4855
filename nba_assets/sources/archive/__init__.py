"""The archive: files of a family by season, read into typed columns; an unreadable file is an error, never absent."""
