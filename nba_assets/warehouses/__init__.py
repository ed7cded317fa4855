"""Warehouses of tables: the protocol, and one module per implementation, which owns its types and its SQL."""
