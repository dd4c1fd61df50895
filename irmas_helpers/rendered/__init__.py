"""The practice set: songs composed by a program, played by a SoundFont, recorded in a room, written as IRMAS is.

Dice, score, styles, harmony, melody, accompaniment, composing and excerpts decide the music, in whole numbers;
soundfont plays a note, synthesis records a song; songbook plans the set, rendering makes and keeps it; lone_notes plays
one instrument alone. The wing knows the ground, `data` and `sound`; it knows nothing of networks and scores.
"""
