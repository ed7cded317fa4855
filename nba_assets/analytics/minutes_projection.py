"""How long a player will be on court if he plays: a stated rule over his earlier games."""
