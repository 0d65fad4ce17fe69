"""The first storey: each formula as loops. Slow, obvious, and what the tests of the second storey start
from.
"""
