"""Pregame inputs of the prediction systems: defences, shot profiles, situation, form, features."""
