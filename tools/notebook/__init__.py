"""What `tools/notebooks.py` is made of: reading, filling, executing and checking chapters."""
