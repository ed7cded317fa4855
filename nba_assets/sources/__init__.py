"""Readers of the source archive and the vocabulary its families share (player names, teams)."""
