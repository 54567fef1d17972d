"""What people typed: pure, from text to what was meant, or to an error that says what was not."""
