"""The error that ends a fetch. In a module of its own: the command line knows it without loading the fetch."""


class FetchError(RuntimeError):
    """The fetch as a whole cannot go on; the text says what to do."""
