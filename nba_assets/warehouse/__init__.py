"""Where tables are kept: the protocol and its implementations."""
