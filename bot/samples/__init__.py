"""Samples of every kind of message, made by the desks themselves from news that ships with the program."""

from bot.samples.messages import Group, Sample, sample_messages

__all__ = ["Group", "Sample", "sample_messages"]
