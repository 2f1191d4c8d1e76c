"""``stance score``: inputs through a labeler into a sink, to be killed and resumed at will."""
