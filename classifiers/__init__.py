"""Judging and grouping: topic rules to verdicts with evidence, same-event grouping, summary sentences."""

from classifiers.judge import Judge, compile_judge

__all__ = ["Judge", "compile_judge"]
