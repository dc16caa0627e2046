"""Fault tests in two sizes: a quick one in every run of the suite, the full one by `make torture`.

One file, `test_<row>.py`, is one row: one kind of fault, its protection, and the proof that the test can fail.
"""
