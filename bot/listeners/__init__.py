"""What is done about each request: read, ask the store, draw, answer."""
