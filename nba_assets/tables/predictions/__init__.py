"""What the systems say about each player-game before it is played, and which model says so. All pregame."""
