"""What the systems read on the morning of a game: defences, shot profiles, situation, form, features. All pregame."""
