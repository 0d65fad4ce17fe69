"""How fast the reference is, beside PyTorch and beside what textbooks write. Run `make bench`."""
