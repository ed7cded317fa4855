"""What every process of the project needs: signals, first-use locks, progress, user-facing error messages."""
