"""What people do in an installation: with cases, links, customers and models, each by name; and what proves a case."""
