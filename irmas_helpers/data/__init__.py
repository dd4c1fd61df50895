"""Clips and their names: which there are, which are one song, how they are split, where they come from.

Knows the ground (`instruments`, `errors`, `paths`) and nothing of sound or networks.
"""
