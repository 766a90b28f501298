"""A case: which one a complaint belongs to, what may become of it, and why it happened. Pure."""
