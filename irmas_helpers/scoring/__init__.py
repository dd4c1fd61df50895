"""What answers are worth: accuracy with its interval, macro F1, several labels at once, honest probabilities.

Knows the ground and numbers; where they come from, which network or which file, is not its business.
"""
