"""What there is: one module per table, a contract followed by a pure function; one package per layer.

A layer is a Dagster group and a warehouse schema. Modules that declare no table hold what tables of the layer share.
"""
