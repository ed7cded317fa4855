"""The record of what was published: predictions and best bets as they stood before the games, and how the bets ended.

Rows that were published live are never rewritten.
"""
