"""Tests go through the real door."""
