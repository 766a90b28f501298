"""The daemon's own pages: health, metrics, and the pages behind the links in a mail."""
