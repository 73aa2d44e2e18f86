"""Banks of known pictures, and the files of hashes that others hand over."""
