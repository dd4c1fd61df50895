"""Networks and how they are trained: batches, augmentation, one fit, recipes, recorded runs.

Knows everything below it; knows nothing of files that someone wants an answer about, of figures or of widgets.
"""
