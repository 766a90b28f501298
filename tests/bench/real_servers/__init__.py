"""Real server software on loopback for ``bench_real_servers.py``: installed, filled, and changed."""
