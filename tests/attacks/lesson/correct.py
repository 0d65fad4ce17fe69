"""No other ways: tests/honest holds them."""
