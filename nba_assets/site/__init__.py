"""The pages that show the published documents: one HTML template, and scripts and styles in `www/`."""
