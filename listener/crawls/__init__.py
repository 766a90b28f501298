"""A source crawled: one typed outcome, a child process, what is kept, read again, and not believed."""
