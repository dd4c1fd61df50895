"""The commands by subject: each module adds its parsers and calls what the notebooks call.

Knows everything but `__main__`. Nothing heavy loads until a command runs: no module here imports pandas, scipy or a
module that does, except inside the function that needs it, so that `--help` is there at once.
"""
