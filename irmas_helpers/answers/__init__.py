"""A recording in, an answer out: over time, sure or not, one instrument or several, and why.

Knows everything below it; knows nothing of figures, widgets or the command line.
"""
