"""From a file to what a network sees: samples, log-mels and MFCCs, windows, and packs of them.

Knows the ground and `data`; knows nothing of networks or of how clips were made.
"""
