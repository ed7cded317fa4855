"""How the predictions came out, and what that teaches: the feedback goes forward, nothing upstream reads it."""
