"""Scoreboards and speed figures: ratios, side by side in one run."""
