"""Sources of raw rows: archive, live feeds, simulated league, fetch, and the adapters from families to tables."""
