"""Helpers for the course "Which instrument plays?": audio deep learning on IRMAS, one module a job.

Importing the package loads neither TensorFlow nor librosa; each module loads them when a function needs them.
"""

__version__ = "0.1.0"
