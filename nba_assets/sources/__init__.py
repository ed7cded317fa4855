"""Where raw rows come from: the archive, the simulated league, fetch, and the adapters from families to tables."""
