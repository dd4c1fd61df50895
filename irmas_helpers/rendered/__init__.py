"""The practice set: songs composed by a program, played by a SoundFont, recorded in a room, written as IRMAS is.

Dice, score, styles, harmony, melody, accompaniment, composing and excerpts decide the music, in whole numbers;
soundfont_player plays a note, synthesis a song; songbook plans the set, practice_set makes it; lone_notes plays
one instrument alone. The wing knows the ground, `data` and `sound`; it knows nothing of networks and scores.
"""
