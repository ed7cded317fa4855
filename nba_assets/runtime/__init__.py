"""Services for every process of the project: signals, first-use locks, progress events, user-facing error messages."""
