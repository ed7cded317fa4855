"""Adapters from source families to raw tables: games, box scores, lines and props, matched and de-duplicated."""
