"""Layer raw: one module per table, the module's name is the table's name."""
