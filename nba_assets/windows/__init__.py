"""History windows: the only place where rows of earlier days are aggregated for a day, always excluding that day."""
