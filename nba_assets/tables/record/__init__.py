"""The public record: predictions and best bets as published before the games, and the results of the bets.

Rows that were published live are never rewritten.
"""
