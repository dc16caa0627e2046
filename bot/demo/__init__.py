"""Sample feeds of our own making and a loopback server for them: the whole pipeline without the outside world.

Outlets, their people and most of their stories are invented, under names that cannot exist on the internet; what
they tell of Imperial Pictures, Migu, KOCCA, KBRI Beijing and Jakarta is fact, in our words. The feeds carry on purpose
what real ones do: see tests/unit/test_demo_feeds.py for the list.
"""
