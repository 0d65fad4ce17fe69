"""The second storey: whole-array NumPy, general in everything, written to be followed."""
