"""What the suites that drive a running oamd share. Read server.py first, then client.py."""
