"""The pages that show the published documents: one HTML frame, scripts and styles in `www/`, and listing them."""
