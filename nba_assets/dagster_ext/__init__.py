"""Extensions of Dagster itself; nothing here knows about basketball."""
