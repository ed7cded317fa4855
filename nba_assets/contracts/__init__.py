"""What a table is, declared once."""
