"""The practice set: songs composed by a program, played by a SoundFont, recorded in a room, written as IRMAS is.

Knows the ground, `data` and `sound`; knows nothing of networks.
"""
