"""Tasks, their history and their rules; the only room that speaks SQL."""
