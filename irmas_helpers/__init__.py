"""Helpers for the course "Which instrument plays?": audio deep learning on IRMAS, one module a job.

Importing its modules loads neither TensorFlow nor pandas nor librosa; a function that needs them loads them.
"""

__version__ = "0.1.0"
