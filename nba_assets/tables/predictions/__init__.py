"""Predictions of all systems for each player-game, and the models in force. All pregame."""
