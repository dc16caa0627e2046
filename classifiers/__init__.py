"""Judging and grouping: topic rules to verdicts with evidence, same-event grouping, summary sentences."""
