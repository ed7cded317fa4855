"""Stores of files: the published documents (a folder or a bucket) and the trained models (content-addressed)."""
